import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { deleteCredential } from '../credentials/store.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { ServerDeps } from './deps.ts'
import { deleteHealth } from './health/store.ts'
import type { ServerView } from './schema.ts'
import { releaseSlugs } from './slugs/store.ts'
import { findServer, type Server, updateServer } from './store.ts'
import type { Asked } from './update.ts'
import { auditedServer, viewOf } from './view.ts'

/**
 * The row stays, so that its id is never another server and the feed can say "gone" with a revision; its secrets and
 * the claims on its slugs go.
 */
export const removeServer =
  (deps: ServerDeps) =>
  async (actor: Actor, asked: Asked): Promise<Result<{ server: ServerView; effect: Effect }>> => {
    const organizationId = actor.organizationId
    const remove = async (db: Db): Promise<Result<{ before: Server; rowId: number }>> => {
      const before = await findServer(db, organizationId, asked.idOrSlug, deps.now())
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const tombstone = { state: 'deleted', envBlob: null, credentialId: null, slot: null } as const
      const server = { ...before, ...tombstone, revision: before.revision + 1 }
      if (!(await updateServer(db, organizationId, server))) return refuse('stale')
      if (before.credentialId !== null) await deleteCredential(db, organizationId, before.credentialId)
      await releaseSlugs(db, organizationId, before.id)
      await deleteHealth(db, organizationId, before.id)
      const at = deps.now()
      const { catalogs } = await deps.leaveCatalogs(db, organizationId, { kind: 'server', id: before.id, at })
      await deps.dropLimits?.(db, organizationId, before.id, at)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'server.deleted',
        subject: { kind: 'server', id: before.id, name: before.name },
        before: { ...auditedServer(before), catalogs },
      })
      return ok({ before, rowId: await announce(db, organizationId, { kind: 'server', id: before.id, at }) })
    }
    const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, remove))
    if (!done.ok) return done
    const effect = await deps.effectOf(organizationId, done.value.rowId, asked.waitMs)
    return ok({ server: viewOf(done.value.before, null), effect })
  }
