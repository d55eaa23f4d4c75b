import type { KeyObject } from 'node:crypto'
import type { Database, Db } from '../db/database.ts'
import { type GatewayRow, gatewayById } from '../fleet/store.ts'
import { ancestorsOf, findChild, isRevokedWith, type StoredChild } from '../keys/children/store.ts'
import { childPrefix, parseChild } from '../keys/children/token.ts'
import { isSignedWith } from '../keys/children/verify.ts'
import type { Provable, ProvingSecrets } from '../keys/prove.ts'
import type { TokenKind } from '../keys/schema.ts'
import { isLive } from '../keys/standing.ts'
import { findKey, type StoredKey } from '../keys/store.ts'
import type { Token } from '../keys/token.ts'
import { type SignIn, signInByTokenId } from '../people/tokens/store.ts'
import { ok, type Result } from '../problems.ts'
import { organizationOfKey } from './store.ts'

export type ProofDeps = {
  readonly system: Pick<Database['system'], 'read'>
  readonly parseToken: (text: string) => Token | null
  /** Gate first, so that a wrong secret costs microseconds, then the Argon2 lane. */
  readonly prove: (token: Token, record: Provable, secrets: ProvingSecrets) => Promise<Result<number | null>>
  readonly secretsOf: (organizationId: string) => ProvingSecrets
  /** With which a child token may have been signed here; null: with none that is known. */
  readonly publicKey: (kid: string) => KeyObject | null
  readonly now: () => number
}

/** What a secret belongs to that somebody has proved to hold. */
export type Held =
  | { readonly kind: 'key'; readonly organizationId: string; readonly key: StoredKey; readonly version: number }
  | {
      readonly kind: 'child'
      readonly organizationId: string
      readonly key: StoredKey
      readonly child: StoredChild
      readonly isRevoked: boolean
    }
  | { readonly kind: 'management-token'; readonly organizationId: string; readonly signIn: SignIn }
  | { readonly kind: 'gateway'; readonly organizationId: string; readonly gateway: GatewayRow }

/**
 * Possession is the proof: null for what is no token, for an unknown id, for a wrong secret, and for one that rotation
 * has retired, since an old secret that lies around must not end the key that has a new one.
 */
export const createHolderProof =
  (deps: ProofDeps) =>
  async (text: string): Promise<Result<Held | null>> => {
    if (text.startsWith(childPrefix)) return ok(await childHeld(deps, text))
    const token = deps.parseToken(text)
    const found = token && (await deps.system.read((db) => finders[token.kind](db, token.id16)))
    if (!found) return ok(null)
    const { held, provable } = found
    const version = await deps.prove(token, provable, deps.secretsOf(held.organizationId))
    if (!version.ok) return version
    const live = provable.versions.find((each) => each.version === version.value)
    if (version.value === null || !isLive(live, deps.now())) return ok(null)
    return ok(held.kind === 'key' ? { ...held, version: version.value } : held)
  }

/** Its signature is the proof, and nothing is looked up before it. */
async function childHeld({ publicKey, system }: ProofDeps, text: string): Promise<Held | null> {
  const token = parseChild(text)
  const signedWith = token && publicKey(token.kid)
  if (!signedWith || !(await isSignedWith(signedWith, token))) return null
  return system.read(async (db) => {
    const organizationId = await organizationOfKey(db, token.child.key)
    const key = organizationId === null ? null : await findKey(db, organizationId, token.child.key)
    const child = organizationId === null ? null : await findChild(db, organizationId, token.child.id)
    if (organizationId === null || key === null || child?.key !== key.record.id) return null
    const ancestors = (await ancestorsOf(db, organizationId, [child]))(child)
    return { kind: 'child', organizationId, key, child, isRevoked: isRevokedWith(child, ancestors) }
  })
}

type Found = { readonly held: Held; readonly provable: Provable }
type Find = (db: Db, id16: string) => Promise<Found | null>

const findKeyHeld: Find = async (db, id16) => {
  const id = `key_${id16}`
  const organizationId = await organizationOfKey(db, id)
  const key = organizationId === null ? null : await findKey(db, organizationId, id)
  return organizationId && key ? { held: { kind: 'key', organizationId, key, version: 0 }, provable: key.record } : null
}

const findManagementToken: Find = async (db, id16) => {
  const signIn = await signInByTokenId(db, `mgt_${id16}`)
  if (!signIn) return null
  const { organizationId, id } = signIn.token
  return {
    held: { kind: 'management-token', organizationId, signIn },
    provable: { organization: organizationId, id, versions: [signIn.version] },
  }
}

const findGateway: Find = async (db, id16) => {
  const gateway = await gatewayById(db, `gwy_${id16}`)
  if (!gateway?.secret) return null
  const { organizationId, id, secret } = gateway
  return {
    held: { kind: 'gateway', organizationId, gateway },
    provable: { organization: organizationId, id, versions: [{ ...secret, version: 1, validUntil: null }] },
  }
}

const finders = {
  k: findKeyHeld,
  u: findKeyHeld,
  a: findManagementToken,
  g: findGateway,
} as const satisfies Record<TokenKind, Find>
