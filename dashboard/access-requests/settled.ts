import type { AccessRequestView } from '../../src/access-requests/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'

export type Settled = { readonly accessRequest: AccessRequestView; readonly effect?: Effect }
export type ActionProps = {
  readonly request: AccessRequestView
  readonly onClose: () => void
  readonly onDone: (settled: Settled) => void
}

/** What is old after a decision: it opens or closes something for a key or member. */
export const decided: readonly string[] = ['access-requests', 'keys', 'me', 'budgets']
