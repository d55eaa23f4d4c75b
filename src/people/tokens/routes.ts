import { z } from 'zod'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, Refs, totalOf } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { reachOf } from '../may.ts'
import { route } from '../route.ts'
import { type Actor, ManagementTokenView, NewManagementToken, type Permission } from '../schema.ts'
import { createManagementToken } from './create.ts'
import { revokeManagementToken } from './revoke.ts'
import { countManagementTokens, findManagementToken, listManagementTokens } from './store.ts'
import { refsOf, viewOf, withRefs } from './view.ts'

const Page = z.strictObject({ limit, cursor })
export const OneToken = z.strictObject({ managementToken: ManagementTokenView, refs: Refs })
const ManyTokens = listOf(ManagementTokenView)

export function tokenRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const create = createManagementToken(deps)
  const revoke = revokeManagementToken(deps)
  return [
    route({
      method: 'POST',
      path: '/management-tokens',
      summary: 'Makes a management token, never with more rights than its member has',
      needs: { right: 'management-tokens:write' },
      body: NewManagementToken,
      output: OneToken.extend({ secret: z.string() }),
      status: 201,
      secretFields: ['secret'],
      handle: async (actor, { body, requestId }) => withRefs(deps, await create(actor, body, requestId)),
    }),
    route({
      method: 'GET',
      path: '/management-tokens',
      summary: 'Lists management tokens, newest first; a member sees his own',
      needs: { right: 'management-tokens:read' },
      query: Page,
      output: ManyTokens,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/management-tokens/:id',
      summary: 'One management token; a member sees his own',
      needs: { right: 'management-tokens:read' },
      params: IdOrSlug,
      output: OneToken,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'DELETE',
      path: '/management-tokens/:id',
      summary: 'Revokes a management token, for good',
      needs: { right: 'management-tokens:write' },
      params: IdOrSlug,
      output: OneToken,
      handle: async (actor, { params, requestId }) =>
        withRefs(deps, await revoke(actor, knownForm(params.id), requestId)),
    }),
  ]
}

const Place = z.tuple([z.int(), z.string()])

const onlyOf = ({ role, memberId }: Actor): string | null =>
  reachOf(role, 'management-tokens:read') === 'own' ? memberId : null

function list(
  { read }: Pick<PeopleDeps, 'read'>,
  actor: Actor,
  { limit: size, cursor: from }: z.infer<typeof Page>,
): Promise<Result<z.infer<typeof ManyTokens>>> {
  const after = decodeCursor(from, Place)
  if (!after.ok) return Promise.resolve(after)
  const { organizationId } = actor
  const memberId = onlyOf(actor)
  return read(organizationId, async (db) => {
    const found = await listManagementTokens(db, organizationId, { memberId, after: after.value, limit: size + 1 })
    const page = pageOf(found, size, (last) => [last.createdAt, last.id])
    const items = page.items.map(viewOf)
    const count = await countManagementTokens(db, organizationId, memberId)
    return ok({ ...page, items, ...totalOf(count), refs: await refsOf(db, organizationId, items) })
  })
}

function show({ read }: Pick<PeopleDeps, 'read'>, actor: Actor, id: string): Promise<Result<z.infer<typeof OneToken>>> {
  const { organizationId } = actor
  const only = onlyOf(actor)
  return read(organizationId, async (db) => {
    const token = await findManagementToken(db, organizationId, id)
    if (!token || (only !== null && token.memberId !== only)) return refuse('not_found')
    const managementToken = viewOf(token)
    return ok({ managementToken, refs: await refsOf(db, organizationId, [managementToken]) })
  })
}
