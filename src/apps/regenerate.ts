import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { refuseLeft } from '../keys/leaving/away.ts'
import { refuseAbove } from '../keys/owner.ts'
import { standing } from '../keys/standing.ts'
import { findKey, type StoredKey } from '../keys/store.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { AppDeps, Asked } from './deps.ts'
import { appWithinReach } from './owner.ts'
import type { App } from './store.ts'

type Regenerated = {
  readonly app: App
  readonly key: StoredKey
  readonly secret: Secret
  readonly effect: Effect
}
type Rotated = Omit<Regenerated, 'effect'> & { readonly rowId: number }

/** The same key with a new secret; the old one is refused from the commit on. */
export const regenerateKey =
  (deps: AppDeps) =>
  async (actor: Actor, asked: Asked): Promise<Result<Regenerated>> => {
    const done = await untilCurrent(asked.ifMatch, () => rotate(deps, actor, asked))
    if (!done.ok) return done
    const { rowId, ...rotated } = done.value
    const { organization, maxStalenessSeconds } = rotated.key.record
    return ok({ ...rotated, effect: await deps.effectOf(organization, rowId, asked.waitMs, maxStalenessSeconds) })
  }

async function rotate(deps: AppDeps, actor: Actor, asked: Asked): Promise<Result<Rotated>> {
  const { organizationId } = actor
  const current = await deps.read(organizationId, (db) => appWithKey(deps, db, actor, asked))
  if (!current.ok) return current
  const { app, keyId } = current.value
  const prepared = await deps.prepareRotation(actor, keyId, asked.requestId)
  if (!prepared.ok) return isOver(prepared.problem.code) ? withoutKey(app, 'has ended') : prepared
  const { secret, write, share } = prepared.value
  const done = await deps.transaction(organizationId, async (db): Promise<Result<Rotated>> => {
    // Again: hashing has taken its time, and the app may have another key by now, or be gone.
    const still = await appWithKey(deps, db, actor, asked)
    if (!still.ok) return still
    if (still.value.keyId !== keyId) return refuse('stale')
    const written = await write(db)
    return written.ok ? ok({ app: still.value.app, secret, ...written.value }) : written
  })
  if (done.ok) share()
  return done
}

async function appWithKey(
  { directory, now }: AppDeps,
  db: Db,
  actor: Actor,
  { idOrSlug, ifMatch }: Asked,
): Promise<Result<{ app: App; keyId: string }>> {
  const app = await appWithinReach(directory, db, actor, 'apps:write', idOrSlug)
  const owner = app && (await directory.owner(db, actor.organizationId, { type: 'app', id: app.id }))
  if (!app || !owner) return refuse('not_found')
  const refused = refuseAbove(actor, owner) ?? (await refuseLeft(db, actor.organizationId, app.owner))
  if (refused) return refused
  if (!matchesEtag(ifMatch, app)) return refuse('stale')
  if (app.keyId === null) return withoutKey(app, 'is not there')
  const key = await findKey(db, actor.organizationId, app.keyId)
  const state = key ? standing(key.record, now()) : 'deleted'
  const isLive = state === 'usable' || state === 'suspended'
  return isLive ? ok({ app, keyId: app.keyId }) : withoutKey(app, state === 'expired' ? 'has expired' : `was ${state}`)
}

const isOver = (code: string): boolean => code === 'key_is_revoked' || code === 'not_found'

const withoutKey = ({ id }: App, why: string) =>
  refuse('key_is_revoked', {
    detail: `The key of this app ${why}, so there is nothing to regenerate. Make a new one: POST /keys with "owner": {"type": "app", "id": "${id}"}.`,
  })
