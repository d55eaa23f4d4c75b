import { hash, timingSafeEqual } from 'node:crypto'
import type { Database, Db } from '../db/database.ts'
import type { SecretVersion, TokenKind } from '../keys/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { covers } from './may.ts'
import type { Actor } from './schema.ts'
import { findMember, firstOwner, type Member } from './store.ts'
import { type SignIn, signInByTokenId, type TokenUse } from './tokens/store.ts'

type Token = { readonly kind: TokenKind; readonly id16: string; readonly text: string }
type Provable = { readonly organization: string; readonly id: string; readonly versions: readonly SecretVersion[] }
type ProvingSecrets = { readonly peppers: ReadonlyMap<string, Buffer>; readonly proofKey: Buffer }

export type ActorDeps = {
  readonly read: Database['system']['read']
  readonly parseToken: (text: string) => Token | null
  /** keys/prove.ts: from memory after the first sight, else gate and Argon2 lane. A prover of control's own. */
  readonly prove: (token: Token, record: Provable, secrets: ProvingSecrets) => Promise<Result<number | null>>
  readonly secretsOf: (organizationId: string) => ProvingSecrets
  readonly now: () => number
  /** A right token was presented by somebody it still signs in (people/tokens/last-used.ts). */
  readonly noteUse: (use: TokenUse) => void
  /** The operator's token from the configuration, and whom it stands for. */
  readonly bootstrap: { readonly token: Secret; readonly organizationId: string; readonly owner: Member } | null
}

export type ProveActor = (authorization: string | null) => Promise<Result<Actor>>

/** Who is asking control? The rights are read live with each call; only "this is the right secret" is remembered. */
export function createActorProof(deps: ActorDeps): ProveActor {
  const bootstrap = deps.bootstrap && bootstrapActor(deps.bootstrap, deps.read)
  return async (authorization) => {
    const presented = bearer(authorization)
    if (presented === null) return refuse('not_signed_in')
    if (bootstrap?.matches(presented)) return ok(await bootstrap.actor())
    const token = deps.parseToken(presented)
    if (presented.startsWith('oste_') || (token && token.kind !== 'a')) return refuse('key_kind', { detail: wrongKind })
    const found = token && (await deps.read((db) => signInByTokenId(db, `mgt_${token.id16}`)))
    if (!found) return refuse('not_signed_in', { detail: notValid })
    const { organizationId, id } = found.token
    const record = { organization: organizationId, id, versions: [found.version] }
    const version = await deps.prove(token, record, deps.secretsOf(organizationId))
    if (!version.ok) return version
    if (version.value === null) return refuse('not_signed_in', { detail: notValid })
    const at = deps.now()
    const actor = signedIn(found, at)
    if (actor.ok) deps.noteUse({ organizationId, id, at })
    return actor
  }
}

const notValid = 'The management token is not valid.'
const wrongKind = 'Control takes management tokens (osta_…); keys are for the gateway.'

/** Only who has proved the secret learns why it is refused. */
function signedIn({ token, member }: SignIn, now: number): Result<Actor> {
  if (token.revokedAt !== null) return refuse('not_signed_in', { detail: 'The management token has been revoked.' })
  if (token.expiresAt !== null && token.expiresAt <= now) {
    return refuse('not_signed_in', { detail: 'The management token has expired.' })
  }
  return ok({
    kind: 'member',
    organizationId: token.organizationId,
    memberId: member.id,
    name: member.name,
    role: member.role,
    scopes: token.scopes,
    // Neither a token that was cut to some scopes nor one that no operator made carries what stands above organizations.
    operator: member.isOperator && token.carriesOperator && covers(token.scopes, '*'),
    expiresAt: token.expiresAt,
    credentialId: token.id,
  })
}

type Bootstrap = NonNullable<ActorDeps['bootstrap']>

/** Who was the first owner at the start may have left since; an owner there always is. */
const ownerNow =
  ({ organizationId, owner }: Bootstrap) =>
  async (db: Db): Promise<Member> => {
    const known = await findMember(db, organizationId, owner.id)
    return known?.role === 'owner' ? known : ((await firstOwner(db, organizationId)) ?? owner)
  }

function bootstrapActor(bootstrap: Bootstrap, read: ActorDeps['read']) {
  const { token, organizationId } = bootstrap
  const actor = async (): Promise<Actor> => {
    const owner = await read(ownerNow(bootstrap))
    return {
      kind: 'bootstrap',
      organizationId,
      memberId: owner.id,
      name: owner.name,
      role: 'owner',
      scopes: ['*'],
      operator: true,
      credentialId: 'bootstrap',
    }
  }
  const digest = sha256(token.reveal())
  // Node hands header bytes over as Latin-1; a token beyond ASCII was most likely sent as UTF-8.
  const spellings = (presented: string) => [sha256(presented), sha256(Buffer.from(presented, 'latin1'))]
  const matches = (presented: string) => spellings(presented).some((held) => timingSafeEqual(held, digest))
  return { matches, actor }
}

/** RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1). */
function bearer(authorization: string | null): string | null {
  return /^bearer +(\S.*)$/i.exec(authorization ?? '')?.[1]?.trim() ?? null
}

const sha256 = (text: string | Buffer): Buffer => hash('sha256', text, 'buffer')
