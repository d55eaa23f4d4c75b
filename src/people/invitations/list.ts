import { z } from 'zod'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, limit, listOf, pageOf, type Refs, totalOf } from '../../http/lists.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { memberNames } from '../members/store.ts'
import { type Actor, emailAddress } from '../schema.ts'
import { InvitationState, InvitationView } from './schema.ts'
import { countInvitations, findInvitation, listInvitations } from './store.ts'
import { invitationView } from './view.ts'

type Deps = Pick<ChangeDeps, 'read' | 'now'>

export const InvitationPage = z.strictObject({
  state: InvitationState.optional(),
  email: emailAddress.optional(),
  limit,
  cursor,
})
export const ManyInvitations = listOf(InvitationView)

/** What was filtered by is part of the place, so that a cursor of another list is not one of this. */
const placeIn = (state = '', email = '') => z.tuple([z.literal(state), z.literal(email), z.int(), z.string()])

export async function list(
  { read, now }: Deps,
  { organizationId }: Actor,
  { state, email, limit: size, cursor: from }: z.infer<typeof InvitationPage>,
): Promise<Result<z.infer<typeof ManyInvitations>>> {
  const place = decodeCursor(from, placeIn(state, email))
  if (!place.ok) return place
  const after = place.value && { at: place.value[2], id: place.value[3] }
  const filter = { state, email, now: now() }
  return read(organizationId, async (db) => {
    const found = await listInvitations(db, organizationId, { ...filter, after, limit: size + 1 })
    const page = pageOf(found, size, (last) => [state ?? '', email ?? '', last.createdAt, last.id])
    const count = await countInvitations(db, organizationId, filter)
    const items = page.items.map((one) => invitationView(one, filter.now))
    const names = await memberNames(db, organizationId, [...new Set(items.flatMap(peopleOf))])
    return ok({ ...page, items, ...totalOf(count), refs: refsOf(names) })
  })
}

export const show = (
  { read, now }: Deps,
  { organizationId }: Actor,
  id: string,
): Promise<Result<{ invitation: InvitationView; refs: Refs }>> =>
  read(organizationId, async (db) => {
    const found = await findInvitation(db, organizationId, id)
    if (!found) return refuse('not_found')
    const invitation = invitationView(found, now())
    return ok({ invitation, refs: refsOf(await memberNames(db, organizationId, peopleOf(invitation))) })
  })

const peopleOf = ({ member, createdBy }: InvitationView): string[] => [member, createdBy]

const refsOf = (names: ReadonlyMap<string, string>): Refs =>
  Object.fromEntries([...names].map(([id, name]) => [id, { slug: null, name }]))
