import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, totalOf, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { displayName } from '../../keys/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { Offered } from '../invitations/schema.ts'
import { reachOf } from '../may.ts'
import { password } from '../passwords/rules.ts'
import { route } from '../route.ts'
import { type Actor, MemberPatch, MemberStatus, MemberView, NewMember, type Permission, Role } from '../schema.ts'
import { createMember } from './create.ts'
import { removeMember } from './remove.ts'
import { countMembers, findShown, listMembers } from './store.ts'
import { updateMember } from './update.ts'
import { memberView } from './view.ts'

const OneMember = z.strictObject({ member: MemberView })
const WithEffect = OneMember.extend({ effect: Effect })
const ManyMembers = listOf(MemberView)
const Paging = z.strictObject({
  search: displayName.optional(),
  role: Role.optional(),
  status: MemberStatus.optional(),
  limit,
  cursor,
})

export function memberRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const create = createMember(deps)
  const update = updateMember(deps)
  const remove = removeMember(deps)
  return [
    route({
      method: 'POST',
      path: '/members',
      summary: 'Adds a person to the organization: invited by a link, or with a password that was chosen for him',
      needs: { right: 'members:write' },
      body: NewMember.extend({ password: password.optional() }),
      output: OneMember.extend({ invitation: Offered.optional() }),
      status: 201,
      secretFields: ['invitation.url'],
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'GET',
      path: '/members',
      summary: 'Lists the people of the organization by name; a member sees himself',
      needs: { right: 'members:read' },
      query: Paging,
      output: ManyMembers,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/members/:id',
      summary: 'Shows one person; a member sees himself',
      needs: { right: 'members:read' },
      params: IdOrSlug,
      output: OneMember,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'PATCH',
      path: '/members/:id',
      summary: 'Changes name and role of a person; an operator also says who else is one',
      needs: { right: 'members:write' },
      params: IdOrSlug,
      query: Waiting,
      body: MemberPatch,
      output: WithEffect,
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        update(actor, { id: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }, body),
    }),
    route({
      method: 'DELETE',
      path: '/members/:id',
      summary: 'Removes a person for good: his keys and management tokens stop working, those of his teams go on',
      needs: { right: 'members:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: (actor, { params, query, requestId, ifMatch }) =>
        remove(actor, { id: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }),
    }),
  ]
}

/** What was filtered by is part of the place, so that a cursor of another list is not one of this. */
const placeIn = (search = '', role = '', status = '') =>
  z.tuple([z.literal(search), z.literal(role), z.literal(status), z.string(), z.string()])

const isOwnOnly = ({ role }: Actor): boolean => reachOf(role, 'members:read') === 'own'

async function list(
  { read }: Pick<PeopleDeps, 'read'>,
  actor: Actor,
  { search, role, status, limit: size, cursor: from }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof ManyMembers>>> {
  const place = decodeCursor(from, placeIn(search, role, status))
  if (!place.ok) return place
  const after = place.value && { name: place.value[3], id: place.value[4] }
  const { organizationId } = actor
  const filter = { only: isOwnOnly(actor) ? actor.memberId : null, search, role, status }
  return read(organizationId, async (db) => {
    const found = await listMembers(db, organizationId, { ...filter, after, limit: size + 1 })
    const page = pageOf(found, size, (last) => [search ?? '', role ?? '', status ?? '', last.name, last.id])
    const count = await countMembers(db, organizationId, filter)
    return ok({ ...page, items: page.items.map(memberView), ...totalOf(count), refs: {} })
  })
}

async function show(
  { read }: Pick<PeopleDeps, 'read'>,
  actor: Actor,
  id: string,
): Promise<Result<z.infer<typeof OneMember>>> {
  if (isOwnOnly(actor) && id !== actor.memberId) return refuse('not_found')
  const member = await read(actor.organizationId, (db) => findShown(db, actor.organizationId, id))
  return member ? ok({ member: memberView(member) }) : refuse('not_found')
}
