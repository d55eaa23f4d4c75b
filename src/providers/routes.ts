import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, Refs, totalOf, Waiting } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import { displayName } from '../keys/schema.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { createProvider } from './create.ts'
import type { ProviderDeps } from './deps.ts'
import { TestInput, TestResult, testProvider } from './look/look.ts'
import { Offered, offeredModels } from './offered.ts'
import { removeProvider } from './remove.ts'
import { NewProvider, ProviderPatch, ProviderView } from './schema.ts'
import { countProviders, findProvider, listProviders, type Provider } from './store.ts'
import { updateProvider } from './update.ts'
import { refsOf, viewOf } from './view.ts'

export type { ProviderDeps } from './deps.ts'

const One = z.strictObject({ provider: ProviderView, refs: Refs })
const Many = listOf(ProviderView)
const Tested = One.extend({ results: z.array(TestResult) })
const WithEffect = One.extend({ effect: Effect })
const Paging = z.strictObject({ search: displayName.optional(), limit, cursor })

const route = routeOf<Actor, Permission>()

export function providerRoutes(deps: ProviderDeps): Route<Actor, Permission>[] {
  const create = createProvider(deps)
  return [
    route({
      method: 'POST',
      path: '/providers',
      summary: 'Registers an LLM provider; its credential is written, never shown',
      needs: { right: 'providers:write' },
      body: NewProvider,
      output: One,
      status: 201,
      handle: async (actor, { body, requestId }) => {
        const created = await create(actor, body, requestId)
        return created.ok ? ok(await shown(deps, actor, created.value)) : created
      },
    }),
    route({
      method: 'GET',
      path: '/providers',
      summary: 'Lists LLM providers by slug',
      needs: { right: 'providers:read' },
      query: Paging,
      output: Many,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/providers/:id',
      summary: 'Shows one LLM provider, by id or slug',
      needs: { right: 'providers:read' },
      params: IdOrSlug,
      output: One,
      handle: async (actor, { params }) => {
        const { organizationId } = actor
        const provider = await deps.read(organizationId, (db) => findProvider(db, organizationId, knownForm(params.id)))
        return provider ? ok(await shown(deps, actor, provider)) : refuse('not_found')
      },
    }),
    ...changing(deps),
    ...looking(deps),
  ]
}

function looking(deps: ProviderDeps): Route<Actor, Permission>[] {
  const test = testProvider(deps)
  const models = offeredModels(deps)
  return [
    route({
      method: 'GET',
      path: '/providers/:id/models',
      summary: 'Shows the models of an LLM provider with what they cost, by whom and since when',
      needs: { right: 'providers:read' },
      params: IdOrSlug,
      output: Offered,
      handle: (actor, { params }) => models(actor, params.id),
    }),
    route({
      method: 'POST',
      path: '/providers/:id/test',
      summary: 'Asks an LLM provider, as it is saved, for its models, and says how it answers',
      needs: { right: 'providers:write' },
      params: IdOrSlug,
      body: TestInput,
      output: Tested,
      handle: async (actor, { params, body }) => {
        const tested = await test(actor, params.id, body.waitMs)
        if (!tested.ok) return tested
        return ok({ ...(await shown(deps, actor, tested.value.provider)), results: [tested.value.result] })
      },
    }),
  ]
}

function changing(deps: ProviderDeps): Route<Actor, Permission>[] {
  const update = updateProvider(deps)
  const remove = removeProvider(deps)
  return [
    route({
      method: 'PATCH',
      path: '/providers/:id',
      summary: 'Changes an LLM provider; a new address needs its credential again',
      needs: { right: 'providers:write' },
      params: IdOrSlug,
      query: Waiting,
      body: ProviderPatch,
      output: WithEffect,
      handle: async (actor, { params, query, body, requestId, ifMatch }) => {
        const asked = { idOrSlug: params.id, waitMs: query.waitMs, requestId, ifMatch }
        const done = await update(actor, asked, body)
        if (!done.ok) return done
        return ok({ ...(await shown(deps, actor, done.value.provider)), effect: done.value.effect })
      },
    }),
    route({
      method: 'DELETE',
      path: '/providers/:id',
      summary: 'Removes an LLM provider, with its credential, from every catalog',
      needs: { right: 'providers:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: async (actor, { params, query, requestId, ifMatch }) => {
        const done = await remove(actor, { idOrSlug: params.id, waitMs: query.waitMs, requestId, ifMatch })
        if (!done.ok) return done
        return ok({ ...(await shown(deps, actor, done.value.provider)), effect: done.value.effect })
      },
    }),
  ]
}

const shown = async (deps: Pick<ProviderDeps, 'read'>, { organizationId }: Actor, provider: Provider) => ({
  provider: viewOf(provider),
  refs: await deps.read(organizationId, (db) => refsOf(db, organizationId, [provider])),
})

/** The search is part of the place: under another one it would be another list. */
const placeIn = (search = '') => z.tuple([z.literal(search), z.string()])

const list = async (
  deps: Pick<ProviderDeps, 'read'>,
  { organizationId }: Actor,
  { search, limit: size, cursor: from }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof Many>>> => {
  const after = decodeCursor(from, placeIn(search))
  if (!after.ok) return after
  return deps.read(organizationId, async (db) => {
    const place = { search, after: after.value?.[1] ?? null, limit: size + 1 }
    const found = await listProviders(db, organizationId, place)
    const { items, nextCursor } = pageOf(found, size, ({ slug }) => [search ?? '', slug])
    return ok({
      items: items.map(viewOf),
      nextCursor,
      ...totalOf(await countProviders(db, organizationId, search)),
      refs: await refsOf(db, organizationId, items),
    })
  })
}
