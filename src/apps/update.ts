import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { uniqueSlug, untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { holdOwner, refuseLeft } from '../keys/leaving/away.ts'
import { refusalOfApp } from '../keys/policies/apps.ts'
import { touchKey } from '../keys/records/store.ts'
import { findKey, renameOwnerOfKeys } from '../keys/store.ts'
import { leaveGrantsWith } from '../people/grants/store.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { AppDeps, Asked } from './deps.ts'
import { appWithinReach, ownerFor } from './owner.ts'
import type { AppPatch } from './schema.ts'
import { type App, stalenessOf, writeApp } from './store.ts'
import { defaultFor, noTools, toolsFor } from './tools.ts'
import { auditedApp } from './view.ts'

export type Changed = { readonly app: App; readonly effect: Effect }
type Written = { readonly app: App; readonly rowId: number; readonly maxStalenessSeconds: number | null }

/** Its project and its key are not in the patch: an app that belongs elsewhere is another app. */
export const updateApp =
  (deps: AppDeps) =>
  async (actor: Actor, asked: Asked, patch: AppPatch): Promise<Result<Changed>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<Written>> => {
      // Who is gone meanwhile would leave the app without an owner.
      if (patch.owner !== undefined) await holdOwner(db, organizationId, patch.owner)
      const before = await appWithinReach(deps.directory, db, actor, 'apps:write', asked.idOrSlug)
      if (!before) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      // Whoever left still knows the secret: handing the app on makes a new one.
      const left = patch.owner === undefined ? null : await refuseLeft(db, organizationId, before.owner)
      if (left) return left
      const planned = await plan(deps, db, actor, before, patch)
      if (!planned.ok) return planned
      const app = planned.value
      const refused = await refusalOfGrants(deps, db, actor, before, app, patch)
      if (refused) return refused
      if (!(await writeApp(db, organizationId, app))) return refuse('stale')
      if (app.owner.id !== before.owner.id) await leaveGrants(deps, db, before)
      if (app.name !== before.name) await renameOwnerOfKeys(db, organizationId, app.id, app.name)
      const at = deps.now()
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'app.updated',
        subject: { kind: 'app', id: app.id, name: app.name },
        before: auditedApp(before),
        after: auditedApp(app),
      })
      const rowId = await announce(db, organizationId, { kind: 'app', id: app.id, at })
      return ok({ app, rowId, maxStalenessSeconds: await stalenessOf(db, organizationId, app.keyId) })
    }
    const transact = () => uniqueSlug('app', patch.slug, () => deps.transaction(organizationId, change))
    const done = await untilCurrent(asked.ifMatch, transact)
    if (!done.ok) return done
    const { app, rowId, maxStalenessSeconds } = done.value
    return ok({ app, effect: await deps.effectOf(organizationId, rowId, asked.waitMs, maxStalenessSeconds) })
  }

/** What was approved for the key while somebody else had the app, as gateways have to hear. */
async function leaveGrants({ now }: AppDeps, db: Db, { organizationId, keyId, owner }: App): Promise<void> {
  if (keyId === null) return
  await leaveGrantsWith(db, organizationId, keyId, owner.id)
  if (await touchKey(db, organizationId, keyId))
    await announce(db, organizationId, { kind: 'key', id: keyId, at: now() })
}

/** Of what the patch grants; what it does not touch is not judged. */
async function refusalOfGrants(deps: AppDeps, db: Db, actor: Actor, before: App, after: App, patch: AppPatch) {
  if (patch.tools === undefined && patch.toolsDefault === undefined) return null
  const { organizationId } = actor
  const key = after.keyId === null ? null : await findKey(db, organizationId, after.keyId)
  const reason = key?.record.scope.allServersReason ?? null
  return refusalOfApp(deps, db, actor, { project: after.projectId, after, before, reason })
}

async function plan({ directory }: AppDeps, db: Db, actor: Actor, before: App, patch: AppPatch): Promise<Result<App>> {
  const { owner: asked = before.owner } = patch
  const isKept = asked.type === before.owner.type && asked.id === before.owner.id
  const owner = isKept ? ok(before.owner) : await ownerFor(directory, db, actor, asked)
  if (!owner.ok) return owner
  const kept = patch.tools === undefined
  const tools = kept ? ok(before.tools) : await toolsFor(directory, db, actor, patch.tools ?? {}, before.tools)
  if (!tools.ok) return tools
  const toolsDefault =
    patch.toolsDefault === undefined ? ok(before.toolsDefault) : defaultFor(patch.toolsDefault ?? noTools)
  if (!toolsDefault.ok) return toolsDefault
  return ok({
    ...before,
    name: patch.name ?? before.name,
    slug: patch.slug ?? before.slug,
    owner: owner.value,
    tools: tools.value,
    toolsDefault: toolsDefault.value,
    revision: before.revision + 1,
  })
}
