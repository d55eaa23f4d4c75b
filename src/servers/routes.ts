import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, Refs, totalOf, Waiting } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import { displayName } from '../keys/schema.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { createServer } from './create.ts'
import type { ServerDeps } from './deps.ts'
import { healthOf } from './health/store.ts'
import { refsOf, withRefs } from './refs.ts'
import { removeServer } from './remove.ts'
import { NewServer, ServerPatch, ServerView } from './schema.ts'
import { countServers, findServer, listServers } from './store.ts'
import { updateServer } from './update.ts'
import { viewOf } from './view.ts'

export type { ServerDeps } from './deps.ts'

const OneServer = z.strictObject({ server: ServerView, refs: Refs })
const ManyServers = listOf(ServerView)
const WithEffect = OneServer.extend({ effect: Effect })
const Paging = z.strictObject({ search: displayName.optional(), limit, cursor })

const route = routeOf<Actor, Permission>()

export function serverRoutes(deps: ServerDeps): Route<Actor, Permission>[] {
  const create = createServer(deps)
  const update = updateServer(deps)
  const remove = removeServer(deps)
  const named = async <T extends { server: ServerView }>({ organizationId }: Actor, result: Result<T>) =>
    result.ok ? ok(await withRefs(deps.read, organizationId, result.value)) : result
  return [
    route({
      method: 'POST',
      path: '/servers',
      summary: 'Registers an MCP server: a URL, or a command that gateways run',
      needs: { right: 'servers:write' },
      body: NewServer,
      output: OneServer,
      status: 201,
      handle: async (actor, { body, requestId }) => named(actor, await create(actor, body, requestId)),
    }),
    route({
      method: 'GET',
      path: '/servers',
      summary: 'Lists MCP servers by slug, with what gateways last saw of them',
      needs: { right: 'servers:read' },
      query: Paging,
      output: ManyServers,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/servers/:id',
      summary: 'Shows one MCP server, by id or slug',
      needs: { right: 'servers:read' },
      params: IdOrSlug,
      output: OneServer,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'PATCH',
      path: '/servers/:id',
      summary: 'Changes an MCP server; a new address needs its credential again',
      needs: { right: 'servers:write' },
      params: IdOrSlug,
      query: Waiting,
      body: ServerPatch,
      output: WithEffect,
      handle: async (actor, { params, query, body, requestId, ifMatch }) =>
        named(
          actor,
          await update(actor, { idOrSlug: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }, body),
        ),
    }),
    route({
      method: 'DELETE',
      path: '/servers/:id',
      summary: 'Removes an MCP server, with its credential',
      needs: { right: 'servers:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: async (actor, { params, query, requestId, ifMatch }) =>
        named(actor, await remove(actor, { idOrSlug: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch })),
    }),
  ]
}

/** The search is part of the place, as with keys. */
const placeIn = (search = '') => z.tuple([z.literal(search), z.string()])

const list = async (
  deps: Pick<ServerDeps, 'read'>,
  actor: Actor,
  { search, limit, cursor }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof ManyServers>>> => {
  const after = decodeCursor(cursor, placeIn(search))
  if (!after.ok) return after
  const { organizationId } = actor
  return deps.read(organizationId, async (db) => {
    const found = await listServers(db, organizationId, { search, after: after.value?.[1] ?? null, limit: limit + 1 })
    const { items: page, nextCursor } = pageOf(found, limit, ({ slug }) => [search ?? '', slug])
    const health = await healthOf(
      db,
      organizationId,
      page.map((server) => server.id),
    )
    const total = totalOf(await countServers(db, organizationId, search))
    const items = page.map((server) => viewOf(server, health.get(server.id) ?? null))
    return ok({ items, nextCursor, ...total, refs: await refsOf(db, organizationId, items) })
  })
}

const show = (
  deps: Pick<ServerDeps, 'read' | 'now'>,
  actor: Actor,
  idOrSlug: string,
): Promise<Result<z.infer<typeof OneServer>>> =>
  deps.read(actor.organizationId, async (db) => {
    const server = await findServer(db, actor.organizationId, idOrSlug, deps.now())
    if (!server) return refuse('not_found')
    const health = await healthOf(db, actor.organizationId, [server.id])
    const view = viewOf(server, health.get(server.id) ?? null)
    return ok({ server: view, refs: await refsOf(db, actor.organizationId, [view]) })
  })
