import { audienceOf } from '../../keys/children/token.ts'
import type { Snapshot } from '../snapshot.ts'
import type { ProvedChild } from './proved.ts'

type Deps = {
  readonly snapshot: Pick<Snapshot, 'organization' | 'isRevokedChild'>
  /** Where clients reach this gateway. */
  readonly publicUrl: () => string
}

/** What of a child only the records of this moment know. */
export const liveChildren = ({ snapshot, publicUrl }: Deps) => ({
  isRevoked: ({ made }: ProvedChild): boolean =>
    snapshot.isRevokedChild(made.id) || made.ancestors.some(snapshot.isRevokedChild),
  isForUs: ({ audience }: ProvedChild, organization: string): boolean => {
    const held = snapshot.organization(organization)
    return held !== null && audience.includes(audienceOf(publicUrl(), held.record.slug))
  },
})
