import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { type EnrolDeps, enrolGateway } from './enrol.ts'
import type { OnlineGateway } from './feed.ts'
import { type RevokeDeps, revokeGateway } from './revoke.ts'
import { Effect, GatewayView, NewGateway } from './schema.ts'
import { countGateways, findGateway, type GatewayRow, listGateways } from './store.ts'
import { viewOf } from './view.ts'

export type FleetRoutesDeps = EnrolDeps &
  RevokeDeps & {
    readonly read: Database['read']
    readonly gatewaysOnline: () => readonly OnlineGateway[]
  }

const route = routeOf<Actor, Permission>()

const OneId = z.strictObject({ id: z.string().max(64) })
const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().optional(),
})
const Wait = z.strictObject({ waitMs: z.coerce.number().int().min(0).max(30_000).default(1000) })
const One = z.strictObject({ gateway: GatewayView })
const Many = z.strictObject({ items: z.array(GatewayView), nextCursor: z.string().nullable(), total: z.int() })

export function gatewayRoutes(deps: FleetRoutesDeps): Route<Actor, Permission>[] {
  const enrol = enrolGateway(deps)
  const revoke = revokeGateway(deps)
  return [
    route({
      method: 'GET',
      path: '/gateways',
      summary: 'Lists the gateways of the organization, with what each has applied',
      needs: { right: 'gateways:read' },
      query: Page,
      output: Many,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/gateways/:id',
      summary: 'Shows one gateway',
      needs: { right: 'gateways:read' },
      params: OneId,
      output: One,
      handle: async (actor, { params }) => {
        const row = await deps.read(actor.organizationId, (db) => findGateway(db, actor.organizationId, params.id))
        return row ? ok({ gateway: shown(deps, row) }) : refuse('not_found')
      },
    }),
    route({
      method: 'POST',
      path: '/gateways',
      summary: 'Enrols a gateway that runs apart; its token is shown once',
      needs: { right: 'gateways:write' },
      body: NewGateway,
      output: z.strictObject({ gateway: GatewayView, enrolmentToken: z.string() }),
      status: 201,
      secretFields: ['enrolmentToken'],
      handle: (actor, { body, requestId }) => enrol(actor, body, requestId),
    }),
    route({
      method: 'DELETE',
      path: '/gateways/:id',
      summary: 'Revokes a gateway: it is cut off and admits no call any more',
      needs: { right: 'gateways:write' },
      params: OneId,
      query: Wait,
      output: z.strictObject({ gateway: GatewayView, effect: Effect }),
      handle: (actor, { params, query, requestId }) => revoke(actor, { id: params.id, ...query, requestId }),
    }),
  ]
}

const shown = (deps: Pick<FleetRoutesDeps, 'gatewaysOnline'>, row: GatewayRow): GatewayView => {
  // Of two processes with one token the one that is furthest behind is what matters.
  const online = deps.gatewaysOnline().filter(({ id }) => id === row.id)
  const [slowest = null] = online.sort((one, other) => other.lagMs - one.lagMs)
  return viewOf(row, slowest)
}

const Place = z.tuple([z.string()])

async function list(
  deps: Pick<FleetRoutesDeps, 'read' | 'gatewaysOnline'>,
  { organizationId }: Actor,
  { limit, cursor }: z.infer<typeof Page>,
): Promise<Result<z.infer<typeof Many>>> {
  const after = decodeCursor(cursor, Place)
  if (!after.ok) return after
  const page = { after: after.value?.[0] ?? null, limit: limit + 1 }
  const [found, total] = await deps.read(
    organizationId,
    async (db) => [await listGateways(db, organizationId, page), await countGateways(db, organizationId)] as const,
  )
  const last = found.length > limit ? found[limit - 1] : undefined
  const items = found.slice(0, limit).map((row) => shown(deps, row))
  return ok({ items, nextCursor: last ? encodeCursor([last.id]) : null, total })
}
