import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { deleteCredential } from '../credentials/store.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { matchesEtag } from '../http/etag.ts'
import { knownForm } from '../http/lists.ts'
import { refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { ProviderDeps } from './deps.ts'
import { refusedWhileNamed } from './fallbacks.ts'
import { findProvider, type Provider, writeProvider } from './store.ts'
import type { Asked, Changed } from './update.ts'
import { auditedProvider } from './view.ts'

/** The row stays, so that its id is never another provider; its secret, its slug and its place in catalogs go. */
export const removeProvider =
  (deps: ProviderDeps) =>
  async (actor: Actor, asked: Asked): Promise<Result<Changed>> => {
    const { organizationId } = actor
    const remove = async (db: Db): Promise<Result<{ before: Provider; rowId: number }>> => {
      const before = await findProvider(db, organizationId, knownForm(asked.idOrSlug))
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const named = await refusedWhileNamed(db, organizationId, before)
      if (!named.ok) return named
      const { id } = before
      const at = deps.now()
      // Catalogs before the provider, as whoever changes a catalog takes them: else the two could wait for each other.
      const { catalogs } = await deps.leaveCatalogs(db, organizationId, { kind: 'provider', id, at })
      const tombstone = { state: 'deleted', slug: id, credentialId: null, revision: before.revision + 1 } as const
      if (!(await writeProvider(db, organizationId, { ...before, ...tombstone }))) return refuse('stale')
      if (before.credentialId !== null) await deleteCredential(db, organizationId, before.credentialId)
      await deps.dropLimits?.(db, organizationId, id, at)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'provider.deleted',
        subject: { kind: 'provider', id, name: before.name },
        before: { ...auditedProvider(before), catalogs },
      })
      // Last, so that its number is behind those of the catalogs.
      return ok({ before, rowId: await announce(db, organizationId, { kind: 'provider', id, at }) })
    }
    const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, remove))
    if (!done.ok) return done
    const effect = await deps.effectOf(organizationId, done.value.rowId, asked.waitMs)
    return ok({ provider: done.value.before, effect })
  }
