import { untilCurrent } from '../db/contended.ts'
import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { OfferClaim } from './claims/offer.ts'
import type { Created } from './create.ts'
import { revokedIsFinal } from './final.ts'
import { refuseOwnerLeft } from './leaving/away.ts'
import { isThere, keyWithinReach } from './owner.ts'
import type { PrepareDeps } from './prepare.ts'
import { type Begun, begin } from './rotation/begin.ts'
import { handOf, oneToken } from './rotation/hand.ts'
import { nextVersionOf, type Terms } from './rotation/plan.ts'
import { type RotateInput, rotationDefaults } from './rotation/schema.ts'
import type { Rotation } from './rotation/store.ts'
import type { StoredKey } from './store.ts'

export type RotateDeps = Pick<PrepareDeps, 'read' | 'directory' | 'hash' | 'shareProof' | 'newId' | 'now'> & {
  /** A fresh secret under an id that there is. */
  readonly mintFor: (kind: 'k' | 'u', id16: string) => Secret
  readonly offerClaim: OfferClaim
}

/** A next secret that is hashed, and not yet written. */
export type PreparedRotation = {
  readonly secret: Secret
  /** Inside a unit of work; `stale` when the key has changed since: prepare again. */
  readonly write: (db: Db) => Promise<Result<Begun>>
  /** After the commit. */
  readonly share: () => void
}

export type PrepareRotation = (
  actor: Actor,
  keyId: string,
  requestId: string,
  terms?: Terms,
) => Promise<Result<PreparedRotation>>

/** The old secret is refused from the commit on. */
export const immediately: Terms = { mode: 'immediate', ...rotationDefaults, silentSeconds: null }

/** The key stays, under its id. Whoever calls has asked whether the actor may hold the secret. */
export const prepareRotation =
  (deps: RotateDeps): PrepareRotation =>
  async (actor, keyId, requestId, terms = immediately) => {
    const { organizationId } = actor
    const find = (db: Db) => keyWithinReach(deps.directory, db, actor, 'keys:write', keyId)
    const before = await deps.read(organizationId, find)
    if (!before) return refuse('not_found')
    if (hasEnded(before)) return revokedIsFinal(keyId)
    if (before.ephemeral) return oneToken
    const { id, tokenKind } = before.record
    const secret = deps.mintFor(tokenKind, id.slice('key_'.length))
    const stored = await deps.hash(organizationId, id, secret)
    if (!stored.ok) return stored
    const fresh = { ...stored.value, version: nextVersionOf(before) }
    return ok({
      secret,
      write: (db) => begin(deps, db, { actor, before, requestId, terms, fresh }),
      share: () => deps.shareProof(organizationId, id, fresh.version, secret),
    })
  }

export type RotateKeyDeps = RotateDeps & {
  readonly transaction: Database['transaction']
  readonly effectOf: (
    organizationId: string,
    changeRowId: number,
    waitMs: number,
    maxStalenessSeconds?: number | null,
  ) => Promise<Effect>
}
export type RotateRequest = {
  readonly id: string
  readonly waitMs: number
  readonly ifMatch: string | null
  readonly requestId: string
}
export type Rotated = Created & { readonly rotation: Rotation; readonly effect: Effect }
type Done = Created & Pick<Begun, 'rotation' | 'rowId'>

/** A23: a new secret under the same id. Whoever is not the owner of a member's key makes a link for him instead. */
export const rotateKey = (deps: RotateKeyDeps) => {
  const prepare = prepareRotation(deps)
  return async (actor: Actor, request: RotateRequest, input: RotateInput): Promise<Result<Rotated>> => {
    const terms = termsOf(input)
    const done = await untilCurrent(request.ifMatch, () => turn(deps, prepare, actor, request, terms))
    if (!done.ok) return done
    const { rowId, ...rotated } = done.value
    const { organization, maxStalenessSeconds } = rotated.key.record
    return ok({ ...rotated, effect: await deps.effectOf(organization, rowId, request.waitMs, maxStalenessSeconds) })
  }
}

async function turn(
  deps: RotateKeyDeps,
  prepare: PrepareRotation,
  actor: Actor,
  request: RotateRequest,
  terms: Terms,
): Promise<Result<Done>> {
  const { organizationId } = actor
  const asked = await deps.read(organizationId, (db) => rotatable(deps, db, actor, request))
  if (!asked.ok) return asked
  const prepared = asked.value.hand === 'actor' ? await prepare(actor, request.id, request.requestId, terms) : null
  if (prepared && !prepared.ok) return prepared
  const done = await deps.transaction(organizationId, async (db): Promise<Result<Begun>> => {
    // Again: hashing has taken its time.
    const still = await rotatable(deps, db, actor, request)
    if (!still.ok) return still
    if (still.value.hand !== asked.value.hand) return refuse('stale')
    const { key: before } = still.value
    if (prepared) return prepared.value.write(db)
    return begin(deps, db, { actor, before, requestId: request.requestId, terms, fresh: null })
  })
  if (!done.ok) return done
  const { key, rotation, rowId, claim } = done.value
  if (claim) return ok({ key, rotation, rowId, claim })
  if (!prepared) throw new Error('a rotation makes a secret or a link')
  prepared.value.share()
  return ok({ key, rotation, rowId, secret: prepared.value.secret })
}

async function rotatable(
  { directory }: Pick<RotateDeps, 'directory'>,
  db: Db,
  actor: Actor,
  { id, ifMatch }: RotateRequest,
): Promise<Result<{ key: StoredKey; hand: 'actor' | 'owner' }>> {
  const key = await keyWithinReach(directory, db, actor, 'keys:write', id)
  if (!key || !isThere(key.record)) return refuse('not_found')
  if (!matchesEtag(ifMatch, key.record)) return refuse('stale')
  if (hasEnded(key)) return revokedIsFinal(id)
  const left = await refuseOwnerLeft(db, key)
  if (left) return left
  const hand = await handOf(directory, db, actor, key)
  return hand.ok ? ok({ key, hand: hand.value }) : hand
}

const hasEnded = ({ record: { state } }: StoredKey): boolean => state === 'revoked' || state === 'deleted'

const termsOf = ({ mode = 'immediate', graceSeconds, deadlineSeconds, silentSeconds }: RotateInput): Terms => ({
  mode,
  graceSeconds: graceSeconds ?? rotationDefaults.graceSeconds,
  deadlineSeconds: deadlineSeconds ?? rotationDefaults.deadlineSeconds,
  silentSeconds: silentSeconds ?? null,
})
