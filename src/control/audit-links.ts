import { type Signer, signerOf } from '../audit/checkpoint.ts'
import { type CheckpointKeeper, createCheckpointKeeper } from '../audit/checkpoints/keep.ts'
import { derive, type Root } from '../credentials/root.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import { anyFields, type World } from './world.ts'

/** Signs checkpoints of each organization with a key of its own, derived from the root: every control makes the same. */
export const auditSigner = (root: Root): ((organizationId: string) => Signer) => {
  const made = new Map<string, Signer>()
  return (organizationId) => {
    const known = made.get(organizationId) ?? signerOf(derive(root, 'audit-signing', organizationId))
    made.set(organizationId, known)
    return known
  }
}

export const createCheckpoints = ({ now, log }: World, { database, root }: Store): CheckpointKeeper =>
  createCheckpointKeeper({ system: database.system, signerOf: auditSigner(root), now, log: anyFields(log) })

/** Looked at often, because a thousand events may be written in a moment; signed when they are due. */
export const signCheckpoints = ({ run }: CheckpointKeeper): Job => ({
  name: 'sign audit checkpoints',
  everyMs: 10_000,
  run,
})

/** What could not be signed at the end is signed at the next start. */
export const lastCheckpoints = ({ finish }: CheckpointKeeper, log: World['log']): Promise<void> =>
  finish().catch((err) => log.warn({ err }, 'the last audit events were not signed'))
