import { z } from 'zod'
import type { Db } from '../../db/database.ts'
import { Effect } from '../../fleet/schema.ts'
import { decodeCursor } from '../../http/cursor.ts'
import {
  cursor,
  fitting,
  IdOrSlug,
  idsPerPage,
  knownForm,
  limit,
  listOf,
  pageOf,
  Refs,
  totalOf,
  Waiting,
} from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { displayName } from '../../keys/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { reachOf } from '../may.ts'
import { route } from '../route.ts'
import { type Actor, NewTeam, type Permission, TeamPatch, TeamView } from '../schema.ts'
import { createTeam } from './create.ts'
import { removeTeam } from './remove.ts'
import { countTeams, findTeam, listTeams, teamSizes } from './store.ts'
import { updateTeam } from './update.ts'
import { refsOf, shownTeams } from './view.ts'

const OneTeam = z.strictObject({ team: TeamView, refs: Refs })
const WithEffect = OneTeam.extend({ effect: Effect })
const ManyTeams = listOf(TeamView)
const Paging = z.strictObject({ search: displayName.optional(), limit, cursor })

export function teamRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const create = createTeam(deps)
  const update = updateTeam(deps)
  const remove = removeTeam(deps)
  return [
    route({
      method: 'POST',
      path: '/teams',
      summary: 'Makes a team of members of the organization',
      needs: { right: 'teams:write' },
      body: NewTeam,
      output: OneTeam,
      status: 201,
      handle: async (actor, { body, requestId }) => named(deps, actor, await create(actor, body, requestId)),
    }),
    route({
      method: 'GET',
      path: '/teams',
      summary: 'Lists teams by slug; a member sees those he is in',
      needs: { right: 'teams:read' },
      query: Paging,
      output: ManyTeams,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/teams/:id',
      summary: 'Shows one team, by id or slug; a member sees those he is in',
      needs: { right: 'teams:read' },
      params: IdOrSlug,
      output: OneTeam,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'PATCH',
      path: '/teams/:id',
      summary: 'Changes a team; members, if given, are all of its members',
      needs: { right: 'teams:write' },
      params: IdOrSlug,
      query: Waiting,
      body: TeamPatch,
      output: WithEffect,
      handle: async (actor, { params, query, body, requestId, ifMatch }) =>
        named(deps, actor, await update(actor, asked(params.id, query.waitMs, requestId, ifMatch), body)),
    }),
    route({
      method: 'DELETE',
      path: '/teams/:id',
      summary: 'Deletes a team that owns nothing any more; its members stay',
      needs: { right: 'teams:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: async (actor, { params, query, requestId, ifMatch }) =>
        named(deps, actor, await remove(actor, asked(params.id, query.waitMs, requestId, ifMatch))),
    }),
  ]
}

const asked = (id: string, waitMs: number, requestId: string, ifMatch: string | null) => ({
  id: knownForm(id),
  waitMs,
  requestId,
  ifMatch,
})

/** An answer about one team, with the names of its members beside it. */
async function named<T extends { readonly team: TeamView }>(
  { read }: Pick<PeopleDeps, 'read'>,
  { organizationId }: Actor,
  result: Result<T>,
): Promise<Result<T & { refs: Refs }>> {
  if (!result.ok) return result
  const refs = await read(organizationId, (db) => refsOf(db, organizationId, [result.value.team]))
  return ok({ ...result.value, refs })
}

/** The search is part of the place, so that a cursor of another list is not one of this. */
const placeIn = (search = '') => z.tuple([z.literal(search), z.string()])

const onlyOf = ({ role, memberId }: Actor): string | null => (reachOf(role, 'teams:read') === 'own' ? memberId : null)

async function list(
  { read }: Pick<PeopleDeps, 'read'>,
  actor: Actor,
  { search, limit: size, cursor: from }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof ManyTeams>>> {
  const place = decodeCursor(from, placeIn(search))
  if (!place.ok) return place
  const { organizationId } = actor
  const filter = { memberId: onlyOf(actor), search }
  return read(organizationId, async (db) => {
    const after = place.value?.[1] ?? null
    const found = await listTeams(db, organizationId, { ...filter, after, limit: size + 1 })
    const ids = found.map(({ id }) => id)
    const sizes = await teamSizes(db, organizationId, ids)
    const fits = fitting(
      ids.map((id) => sizes.get(id) ?? 0),
      idsPerPage,
    )
    const page = pageOf(found, Math.min(size, fits), (last) => [search ?? '', last.slug])
    const items = await shownTeams(db, organizationId, page.items)
    const count = await countTeams(db, organizationId, filter)
    return ok({ ...page, items, ...totalOf(count), refs: await refsOf(db, organizationId, items) })
  })
}

function show(
  { read }: Pick<PeopleDeps, 'read'>,
  actor: Actor,
  idOrSlug: string,
): Promise<Result<z.infer<typeof OneTeam>>> {
  const { organizationId } = actor
  const look = async (db: Db): Promise<Result<z.infer<typeof OneTeam>>> => {
    const found = await findTeam(db, organizationId, idOrSlug)
    const [team] = await shownTeams(db, organizationId, found ? [found] : [])
    const memberId = onlyOf(actor)
    const isSeen = team !== undefined && (memberId === null || team.members.includes(memberId))
    return isSeen ? ok({ team, refs: await refsOf(db, organizationId, [team]) }) : refuse('not_found')
  }
  return read(organizationId, look)
}
