import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, totalOf, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { displayName } from '../../keys/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type PeopleDeps, reading } from '../deps.ts'
import { policyRoutes } from '../policies/routes.ts'
import { route } from '../route.ts'
import { type Actor, NewOrganization, OrganizationPatch, OrganizationView, type Permission } from '../schema.ts'
import { findOrganization } from '../store.ts'
import { createOrganization } from './create.ts'
import { countOrganizations, listOrganizations } from './store.ts'
import { isOpenTo, updateOrganization } from './update.ts'
import { organizationView } from './view.ts'

const OneOrganization = z.strictObject({ organization: OrganizationView })
const ManyOrganizations = listOf(OrganizationView)
const Paging = z.strictObject({ search: displayName.optional(), limit, cursor })

export function organizationRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const create = createOrganization(deps)
  const update = updateOrganization(deps)
  return [
    route({
      method: 'POST',
      path: '/organizations',
      summary: 'Founds an organization; the answer holds the one-time link with which its owner signs in',
      needs: { right: 'operator' },
      body: NewOrganization,
      output: OneOrganization.extend({ setupUrl: z.string() }),
      status: 201,
      secretFields: ['setupUrl'],
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'GET',
      path: '/organizations',
      summary: 'Lists organizations by slug: the operator sees all, others their own',
      needs: { right: 'organizations:read' },
      query: Paging,
      output: ManyOrganizations,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/organizations/:id',
      summary: 'Shows one organization, by id or slug',
      needs: { right: 'organizations:read' },
      params: IdOrSlug,
      output: OneOrganization,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'PATCH',
      path: '/organizations/:id',
      summary: 'Changes an organization: the operator any, others their own',
      needs: { right: 'organizations:write' },
      params: IdOrSlug,
      query: Waiting,
      body: OrganizationPatch,
      output: OneOrganization.extend({ effect: Effect }),
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        update(actor, { id: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }, body),
    }),
    ...policyRoutes(deps),
  ]
}

/** The search is part of the place, so that a cursor of another search is not one of this. */
const placeIn = (search = '') => z.tuple([z.literal(search), z.string()])

async function list(
  deps: Pick<PeopleDeps, 'read' | 'system'>,
  actor: Actor,
  { search, limit: size, cursor: from }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof ManyOrganizations>>> {
  const after = decodeCursor(from, placeIn(search))
  if (!after.ok) return after
  const filter = { only: actor.operator ? null : actor.organizationId, search }
  return reading(
    deps,
    actor,
  )(async (db) => {
    const found = await listOrganizations(db, { ...filter, after: after.value?.[1] ?? null, limit: size + 1 })
    const page = pageOf(found, size, (last) => [search ?? '', last.slug])
    const count = await countOrganizations(db, filter)
    return ok({ ...page, items: page.items.map(organizationView), ...totalOf(count), refs: {} })
  })
}

async function show(
  deps: Pick<PeopleDeps, 'read' | 'system'>,
  actor: Actor,
  idOrSlug: string,
): Promise<Result<z.infer<typeof OneOrganization>>> {
  const organization = await reading(deps, actor)((db) => findOrganization(db, idOrSlug))
  const isSeen = organization !== null && isOpenTo(actor, organization.id)
  return isSeen ? ok({ organization: organizationView(organization) }) : refuse('not_found')
}
