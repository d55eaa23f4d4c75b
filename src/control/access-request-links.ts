import type { AccessRequestDeps } from '../access-requests/deps.ts'

type Base = Pick<AccessRequestDeps, 'read' | 'transaction' | 'newId' | 'now'>

/** What requests for access need of other domains. */
export const accessRequestLinks = (base: Base): AccessRequestDeps => base
