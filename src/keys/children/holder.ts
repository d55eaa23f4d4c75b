import type { Database, Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Prover, ProvingSecrets } from '../prove.ts'
import type { KeyRecord } from '../schema.ts'
import { refusalOf, refusalOfState } from '../standing.ts'
import { findKey } from '../store.ts'
import { parseToken } from '../token.ts'
import type { Signer } from './signing.ts'
import { type Child, endOfChild } from './standing.ts'
import { ancestorsOf, childOf, findChild, isRevokedWith, organizationOfKey } from './store.ts'
import { type ChildToken, childPrefix, parseChild } from './token.ts'
import { isSignedWith } from './verify.ts'

export type HolderDeps = {
  readonly system: Pick<Database['system'], 'read'>
  readonly prove: Prover['prove']
  readonly secretsOf: (organizationId: string) => ProvingSecrets
  readonly publicKey: Signer['publicKey']
  readonly issuer: () => string
  readonly now: () => number
}

/** Who has proved the secret of a key that is usable now, or of a child of it. */
export type Holder = {
  readonly key: KeyRecord
  /** Null: the key itself. */
  readonly child: Child | null
  /** Of the secret of the key; of a child the one that asked for it. */
  readonly version: number
}

/** Whom the presented secret is for: a child names the gateways that it may be shown to. */
type Place = { readonly serves: (organizationId: string) => boolean; readonly audienceIn: (slug: string) => string }

/**
 * Control proves by itself what a gateway has proved before it asked: whoever has taken a gateway over holds no secret by
 * that, and gets no token. Only who has proved one learns more than that it is not valid.
 */
export const createHolderProof =
  (deps: HolderDeps) =>
  (text: string, place: Place): Promise<Result<Holder>> =>
    text.startsWith(childPrefix) ? holderOfChild(deps, text, place) : holderOfKey(deps, text, place)

async function holderOfKey(deps: HolderDeps, text: string, { serves }: Place): Promise<Result<Holder>> {
  const token = parseToken(text)
  if (token === null) return invalid
  if (token.kind !== 'k') return wrongKind
  const found = await deps.system.read((db) => keyAnywhere(db, `key_${token.id16}`))
  if (found === null || !serves(found.key.organization)) return invalid
  const { key } = found
  const proved = await deps.prove(token, key, deps.secretsOf(key.organization))
  if (!proved.ok) return proved
  if (proved.value === null) return invalid
  // Argon2 may have taken its time.
  const live = (await deps.system.read((db) => keyAnywhere(db, key.id)))?.key
  if (!live) return invalid
  const code = live.honey ? 'key_revoked' : refusalOf(live, proved.value, deps.now())
  return code === null ? ok({ key: live, child: null, version: proved.value }) : refuse(code)
}

async function holderOfChild(deps: HolderDeps, text: string, place: Place): Promise<Result<Holder>> {
  const token = parseChild(text)
  const signedWith = token && deps.publicKey(token.kid)
  if (!token || !signedWith || token.issuer !== deps.issuer()) return invalid
  const known = await deps.system.read((db) => childAnywhere(db, token))
  if (!known || !place.serves(known.key.organization)) return invalid
  if (!token.audience.includes(place.audienceIn(known.slug))) return invalid
  if (!(await isSignedWith(signedWith, token))) return invalid
  const { key, child, isRevoked } = known
  const now = deps.now()
  const code = refusalOfState(key, now) ?? endOfChild(child, key, isRevoked, now)?.code
  return code ? refuse(code) : ok({ key, child, version: child.version })
}

async function keyAnywhere(db: Db, id: string): Promise<{ key: KeyRecord; slug: string } | null> {
  const organization = await organizationOfKey(db, id)
  const key = organization && (await findKey(db, organization.id, id))
  return organization && key ? { key: key.record, slug: organization.slug } : null
}

/** By what control knows of it: a token without a row was never made here, or is long over. */
async function childAnywhere(db: Db, token: ChildToken) {
  const found = await keyAnywhere(db, token.child.key)
  if (found === null) return null
  const { organization } = found.key
  const stored = await findChild(db, organization, token.child.id)
  if (stored === null || stored.key !== found.key.id) return null
  const ancestors = (await ancestorsOf(db, organization, [stored]))(stored)
  return { ...found, child: childOf(stored, ancestors), isRevoked: isRevokedWith(stored, ancestors) }
}

const invalid = refuse('key_invalid')
const wrongKind = refuse('key_kind', { detail: 'Only header keys (ostk_…) and their tokens (oste_…) have tokens.' })
