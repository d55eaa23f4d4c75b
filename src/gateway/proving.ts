import type { Attempts } from '../keys/attempts.ts'
import { createProof, type Prove } from './authenticate.ts'
import { authenticateChild, type ChildDeps } from './children/authenticate.ts'
import type { Keyring } from './children/keyring.ts'
import { liveChildren } from './children/live.ts'
import { createProvedChildren } from './children/proved.ts'
import type { Snapshot } from './snapshot.ts'

type Deps = Pick<Parameters<typeof createProof>[0], 'isFresh' | 'prover' | 'attempts' | 'sightings' | 'now'> & {
  readonly snapshot: Pick<Snapshot, 'keyByToken' | 'key' | 'organization' | 'isRevokedChild'>
  readonly keyring: Keyring
  readonly publicUrl: () => string
}
export type Proofs = Pick<ChildDeps, 'isRevoked' | 'isForUs'> & {
  readonly prove: Prove
  /** The same for who only wants to know: no attempt is charged. */
  readonly proveForNothing: Prove
}

/** How keys and their children are proved here, over one memory of what was. */
export function createProofs(deps: Deps): Proofs {
  const { snapshot, keyring } = deps
  const live = liveChildren(deps)
  const proved = createProvedChildren({ keyring })
  const proof = (attempts: Attempts): Prove =>
    createProof({
      ...deps,
      attempts,
      findKey: snapshot.keyByToken,
      secretsOf: (organization) => snapshot.organization(organization)?.proving ?? null,
      child: authenticateChild({ ...deps, ...live, proved, attempts, findKeyById: snapshot.key }),
    })
  const { blocked } = deps.attempts
  return { ...live, prove: proof(deps.attempts), proveForNothing: proof({ blocked, failed: () => {} }) }
}
