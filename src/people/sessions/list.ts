import { z } from 'zod'
import type { Db } from '../../db/database.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, limit, listOf, pageOf, totalOf } from '../../http/lists.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { reachOf } from '../may.ts'
import { memberNames } from '../members/store.ts'
import type { Actor } from '../schema.ts'
import { findMember, findOrganization } from '../store.ts'
import { SessionView } from './schema.ts'
import { liveBounds } from './standing.ts'
import { countSessions, listSessions } from './store.ts'
import { sessionView } from './view.ts'

/** `member`: whose; without it one's own. */
export const SessionPage = z.strictObject({ member: z.string().max(64).optional(), limit, cursor })
export const ManySessions = listOf(SessionView)

/** What was filtered by is part of the place, so that a cursor of another list is not one of this. */
const placeIn = (memberId: string) => z.tuple([z.literal(memberId), z.int(), z.string()])

export const listOfSessions =
  ({ read, now }: Pick<ChangeDeps, 'read' | 'now'>) =>
  async (actor: Actor, page: z.infer<typeof SessionPage>): Promise<Result<z.infer<typeof ManySessions>>> => {
    const { organizationId } = actor
    const { member: memberId = actor.memberId, limit: size } = page
    if (memberId !== actor.memberId && reachOf(actor.role, 'sessions:read') === 'own') return refuse('not_found')
    const place = decodeCursor(page.cursor, placeIn(memberId))
    if (!place.ok) return place
    const after = place.value && ([place.value[1], place.value[2]] as const)
    return read(organizationId, async (db) => {
      const organization = await findOrganization(db, organizationId)
      if (!organization || !(await findMember(db, organizationId, memberId))) return refuse('not_found')
      const at = now()
      const filter = { memberId, ...liveBounds(organization.policies, at), now: at }
      const found = await listSessions(db, organizationId, { ...filter, after, limit: size + 1 })
      const shown = pageOf(found, size, (last) => [memberId, last.createdAt, last.id])
      const items = shown.items.map((session) => sessionView(session, actor.session?.id ?? null))
      const count = await countSessions(db, organizationId, filter)
      return ok({ ...shown, items, ...totalOf(count), refs: await refsOf(db, organization, memberId) })
    })
  }

async function refsOf(db: Db, { id, slug, name }: { id: string; slug: string; name: string }, memberId: string) {
  const names = await memberNames(db, id, [memberId])
  return { [id]: { slug, name }, [memberId]: { slug: null, name: names.get(memberId) ?? '' } }
}
