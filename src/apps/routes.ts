import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { IdOrSlug, Refs, Waiting } from '../http/lists.ts'
import type { Route } from '../http/route.ts'
import { KeyView } from '../keys/schema.ts'
import type { StoredKey } from '../keys/store.ts'
import { route } from '../people/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { cloneApp, createApp } from './create.ts'
import type { AppDeps, Asked } from './deps.ts'
import { AppList, ListQuery, listFor } from './list.ts'
import { appWithinReach } from './owner.ts'
import { regenerateKey } from './regenerate.ts'
import { removeApp } from './remove.ts'
import { AppPatch, AppView, CloneApp, NewApp, RegenerateInput } from './schema.ts'
import type { App } from './store.ts'
import { type Changed, updateApp } from './update.ts'
import { showAll, showOne } from './view.ts'

export type { AppDeps } from './deps.ts'

const One = z.strictObject({ app: AppView, refs: Refs })
const WithEffect = One.extend({ effect: Effect })
/** `url`: of a URL key. */
const Created = One.extend({ key: KeyView, secret: z.string(), url: z.string().optional() })
const Regenerated = Created.extend({ effect: Effect })

export const appRoutes = (deps: AppDeps): Route<Actor, Permission>[] => [
  ...makingRoutes(deps),
  ...readingRoutes(deps),
  ...changingRoutes(deps),
]

const makingRoutes = (deps: AppDeps): Route<Actor, Permission>[] => {
  const create = createApp(deps)
  const clone = cloneApp(deps)
  return [
    route({
      method: 'POST',
      path: '/apps',
      summary: 'Makes an app and its one key; tools that are not given are denied. The secret is in this answer only',
      needs: { right: 'apps:write' },
      body: NewApp,
      output: Created,
      status: 201,
      secretFields: ['secret', 'url'],
      handle: async (actor, { body, requestId }) => {
        const made = await create(actor, body, requestId)
        return made.ok ? ok(await withKey(deps, actor, made.value)) : made
      },
    }),
    route({
      method: 'POST',
      path: '/apps/:id/clone',
      summary: 'Makes a second app with the same project and tools, and a key of its own',
      needs: { right: 'apps:write' },
      params: IdOrSlug,
      body: CloneApp,
      output: Created,
      status: 201,
      secretFields: ['secret', 'url'],
      handle: async (actor, { params, body, requestId }) => {
        const made = await clone(actor, { idOrSlug: params.id, requestId }, body)
        return made.ok ? ok(await withKey(deps, actor, made.value)) : made
      },
    }),
  ]
}

const readingRoutes = (deps: AppDeps): Route<Actor, Permission>[] => {
  const list = listFor(deps)
  return [
    route({
      method: 'GET',
      path: '/apps',
      summary: 'Lists apps by slug; a member sees his own and those of his teams',
      needs: { right: 'apps:read' },
      query: ListQuery,
      output: AppList,
      handle: (actor, { query }) => list(actor, query),
    }),
    route({
      method: 'GET',
      path: '/apps/:id',
      summary: 'Shows one app, by id or slug',
      needs: { right: 'apps:read' },
      params: IdOrSlug,
      output: One,
      handle: (actor, { params }) => show(deps, actor, params.id),
    }),
  ]
}

const changingRoutes = (deps: AppDeps): Route<Actor, Permission>[] => {
  const update = updateApp(deps)
  const remove = removeApp(deps)
  const regenerate = regenerateKey(deps)
  return [
    route({
      method: 'PATCH',
      path: '/apps/:id',
      summary: 'Changes an app; tools that are given replace all of them',
      needs: { right: 'apps:write' },
      params: IdOrSlug,
      query: Waiting,
      body: AppPatch,
      output: WithEffect,
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const asked: Asked = { idOrSlug: params.id, waitMs: query.waitMs, requestId, ifMatch }
        return changed(deps, actor, await update(actor, asked, body))
      },
    }),
    route({
      method: 'DELETE',
      path: '/apps/:id',
      summary: 'Removes an app and ends its key for good',
      needs: { right: 'apps:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: async (actor, { params, query, requestId, ifMatch }) => {
        const asked: Asked = { idOrSlug: params.id, waitMs: query.waitMs, requestId, ifMatch }
        return changed(deps, actor, await remove(actor, asked))
      },
    }),
    route({
      method: 'POST',
      path: '/apps/:id/regenerate-key',
      summary: 'Gives the key of an app a new secret; the old one is refused at once',
      needs: { right: 'apps:write' },
      params: IdOrSlug,
      query: Waiting,
      body: RegenerateInput,
      output: Regenerated,
      secretFields: ['secret', 'url'],
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const waitMs = body.waitMs ?? query.waitMs
        const done = await regenerate(actor, { idOrSlug: params.id, waitMs, requestId, ifMatch })
        if (!done.ok) return done
        return ok({ ...(await withKey(deps, actor, done.value)), effect: done.value.effect })
      },
    }),
  ]
}

const show = (deps: Pick<AppDeps, 'read' | 'directory'>, actor: Actor, id: string) =>
  deps.read(actor.organizationId, async (db): Promise<Result<z.infer<typeof One>>> => {
    const app = await appWithinReach(deps.directory, db, actor, 'apps:read', id)
    if (!app) return refuse('not_found')
    const { items, refs } = await showAll(deps.directory, db, actor.organizationId, [app])
    return items[0] ? ok({ app: items[0], refs }) : refuse('not_found')
  })

const changed = async (deps: AppDeps, { organizationId }: Actor, done: Result<Changed>) =>
  done.ok ? ok({ ...(await showOne(deps, organizationId, done.value.app)), effect: done.value.effect }) : done

const withKey = async (
  deps: AppDeps,
  actor: Actor,
  { app, key, secret }: { readonly app: App; readonly key: StoredKey; readonly secret: Secret },
) => {
  const shown = await showOne(deps, actor.organizationId, app)
  const { key: view, refs } = await deps.showKey(actor, key)
  return { app: shown.app, key: view, ...deps.revealKey(key, secret), refs: { ...refs, ...shown.refs } }
}
