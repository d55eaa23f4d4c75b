import { z } from 'zod'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, knownForm, limit, listOf, pageOf, totalOf } from '../http/lists.ts'
import { reachOf } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { AccessRequestDeps } from './deps.ts'
import { AccessRequestState, AccessRequestView } from './schema.ts'
import { isSeenBy } from './settle.ts'
import { countRequests, findRequest, listRequests } from './store.ts'
import { refsOf, shown, viewOf } from './view.ts'

export const AccessRequestQuery = z.strictObject({
  state: AccessRequestState.optional(),
  /** Who asks: an id, or `me`. */
  member: z.string().min(1).max(64).optional(),
  limit,
  cursor,
})
export type AccessRequestQuery = z.infer<typeof AccessRequestQuery>
export const ManyRequests = listOf(AccessRequestView)

/** The filter is part of the place: a cursor of another list ends somewhere else. */
const placeIn = (filter: string) => z.tuple([z.literal(filter), z.int(), z.string()])

/** The inbox of those who decide; to a member, his own. */
export const requestList =
  ({ read, now }: AccessRequestDeps) =>
  async (actor: Actor, query: AccessRequestQuery): Promise<Result<z.infer<typeof ManyRequests>>> => {
    const { state, member, limit, cursor } = query
    const { organizationId } = actor
    const memberId = whose(actor, member)
    const filter = [state ?? '', ...(memberId === null ? [] : [memberId])].join(' ')
    const place = decodeCursor(cursor, placeIn(filter))
    if (!place.ok) return place
    const [, createdAt, id] = place.value ?? []
    const after = createdAt === undefined || id === undefined ? null : { createdAt, id }
    return read(organizationId, async (db) => {
      const narrowing = { state, memberId, now: now() }
      const found = await listRequests(db, organizationId, { ...narrowing, after, limit: limit + 1 })
      const page = pageOf(found, limit, (last) => [filter, last.createdAt, last.id])
      const total = totalOf(await countRequests(db, organizationId, narrowing))
      return ok({
        items: page.items.map((request) => viewOf(request, now())),
        nextCursor: page.nextCursor,
        ...total,
        refs: refsOf(page.items),
      })
    })
  }

/** Of those that the actor may see. Null: everybody's; the empty id is nobody's. */
function whose({ role, memberId }: Actor, member: string | undefined): string | null {
  const asked = member === undefined ? null : member === 'me' ? memberId : knownForm(member)
  if (reachOf(role, 'access-requests:read') === 'all') return asked
  return asked === null || asked === memberId ? memberId : ''
}

export const showRequest =
  ({ read, now }: AccessRequestDeps) =>
  (actor: Actor, id: string): Promise<Result<ReturnType<typeof shown>>> =>
    read(actor.organizationId, async (db) => {
      const found = await findRequest(db, actor.organizationId, knownForm(id))
      if (found === null || !isSeenBy(actor, found)) return refuse('not_found')
      return ok(shown(found, now()))
    })
