import { derive, type Root } from '../credentials/root.ts'
import { hashSecret } from '../keys/hash.ts'
import type { Lane } from '../keys/lane.ts'
import { type ProvingSecrets, proofOf } from '../keys/prove.ts'
import type { StoredSecret } from '../keys/schema.ts'
import type { Result } from '../problems.ts'
import type { Secret } from '../secret.ts'

export type OrganizationKeys = {
  readonly secretsOf: (organizationId: string) => ProvingSecrets
  readonly hash: (organizationId: string, id: string, token: Secret) => Promise<Result<StoredSecret>>
  readonly proofOf: (organizationId: string, token: Secret) => string
}

/** What each organization's tokens are hashed and proved with, derived from the root on first use. */
export const createOrganizationKeys = (root: Root, lane: Lane): OrganizationKeys => {
  const derived = new Map<string, { secrets: ProvingSecrets; pepper: Buffer }>()
  const of = (organizationId: string) => {
    const known = derived.get(organizationId)
    if (known) return known
    const pepper = derive(root, 'pepper', organizationId)
    const secrets = { peppers: new Map([[root.id, pepper]]), proofKey: derive(root, 'proof-key', organizationId) }
    const made = { secrets, pepper }
    derived.set(organizationId, made)
    return made
  }
  return {
    secretsOf: (organizationId) => of(organizationId).secrets,
    hash: (organizationId, id, token) =>
      lane.run(id, () => hashSecret(token.reveal(), of(organizationId).pepper, root.id)),
    proofOf: (organizationId, token) => proofOf(of(organizationId).secrets.proofKey, token.reveal()),
  }
}
