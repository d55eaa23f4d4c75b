import type { Prover } from '../keys/prove.ts'
import type { Snapshot } from './snapshot.ts'

/** No proof outlives its key, whether the key goes alone or is missing in a new snapshot. */
export function forgetProofs(
  snapshot: Pick<Snapshot, 'onChange' | 'hasKey'>,
  prover: Pick<Prover, 'table' | 'forget'>,
): void {
  const look = (id: string) => {
    if (!snapshot.hasKey(id)) prover.forget(id)
  }
  snapshot.onChange((change) => {
    if (change.kind === 'key') look(change.id)
    if (change.kind === 'all') for (const { key } of prover.table()) look(key)
  })
}
