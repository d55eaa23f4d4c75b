import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { matchesEtag } from '../http/etag.ts'
import { endKeyOf } from '../keys/revoke.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { AppDeps, Asked } from './deps.ts'
import { appWithinReach } from './owner.ts'
import { type App, stalenessOf, writeApp } from './store.ts'
import type { Changed } from './update.ts'
import { auditedApp } from './view.ts'

/** The row stays, so that its id is never another app and its keys keep a name; its slug is free, its key is over. */
export const removeApp =
  (deps: AppDeps) =>
  async (actor: Actor, asked: Asked): Promise<Result<Changed>> => {
    const { organizationId } = actor
    const endKey = endKeyOf(deps)
    const remove = async (db: Db) => {
      const app = await appWithinReach(deps.directory, db, actor, 'apps:write', asked.idOrSlug)
      if (!app) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, app)) return refuse('stale')
      const tombstone: App = { ...app, state: 'deleted', slug: app.id, revision: app.revision + 1 }
      if (!(await writeApp(db, organizationId, tombstone))) return refuse('stale')
      const at = deps.now()
      const because = { requestId: asked.requestId, reason: 'its app was deleted' }
      if (app.keyId !== null) await endKey(db, actor, app.keyId, because)
      await deps.dropCaps?.(db, organizationId, app.id, at)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'app.deleted',
        subject: { kind: 'app', id: app.id, name: app.name },
        before: auditedApp(app),
      })
      // Last, so that its number is behind that of the key.
      const rowId = await announce(db, organizationId, { kind: 'app', id: app.id, at })
      return ok({ app, rowId, maxStalenessSeconds: await stalenessOf(db, organizationId, app.keyId) })
    }
    const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, remove))
    if (!done.ok) return done
    const { app, rowId, maxStalenessSeconds } = done.value
    return ok({ app, effect: await deps.effectOf(organizationId, rowId, asked.waitMs, maxStalenessSeconds) })
  }
