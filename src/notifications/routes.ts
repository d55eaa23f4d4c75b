import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, limit, listOf, pageOf, totalOf } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { defaultMail, NotificationView, Preferences, ReadInput } from './schema.ts'
import {
  countNotifications,
  listNotifications,
  markRead,
  type Notification,
  preferencesOf,
  setPreference,
} from './store.ts'

export type NotificationDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly now: () => number
}

const Many = listOf(NotificationView)
const Paging = z.strictObject({ limit, cursor, unread: z.enum(['true', 'false']).default('false') })
const route = routeOf<Actor, Permission>()

/** Everybody has an inbox of his own, and sees no other. */
export const notificationRoutes = (deps: NotificationDeps): Route<Actor, Permission>[] => [
  route({
    method: 'GET',
    path: '/notifications',
    summary: 'Lists what you are told of, newest first; kept for 90 days',
    needs: { right: 'notifications:read' },
    query: Paging,
    output: Many,
    handle: (actor, { query }) => inbox(deps, actor, query),
  }),
  route({
    method: 'POST',
    path: '/notifications/read',
    summary: 'Marks notices as read: those that are named, or all',
    needs: { right: 'notifications:write' },
    body: ReadInput,
    output: z.strictObject({ read: z.int() }),
    handle: async ({ organizationId, memberId }, { body }) => {
      const ids = body.ids ?? null
      const mark = (db: Parameters<typeof markRead>[0]) => markRead(db, organizationId, memberId, ids, deps.now())
      return ok({ read: await deps.transaction(organizationId, mark) })
    },
  }),
  route({
    method: 'GET',
    path: '/notifications/preferences',
    summary: 'Shows how you are told by mail',
    needs: { right: 'notifications:read' },
    output: z.strictObject({ preferences: Preferences }),
    handle: async ({ organizationId, memberId }) => {
      const known = await deps.read(organizationId, (db) => preferencesOf(db, organizationId, [memberId]))
      return ok({ preferences: { mail: known.get(memberId) ?? defaultMail } })
    },
  }),
  route({
    method: 'PATCH',
    path: '/notifications/preferences',
    summary: 'Changes how you are told by mail: at once, in one mail a day, or not at all',
    needs: { right: 'notifications:write' },
    body: Preferences,
    output: z.strictObject({ preferences: Preferences }),
    handle: async ({ organizationId, memberId }, { body }) => {
      await deps.transaction(organizationId, (db) => setPreference(db, organizationId, memberId, body.mail))
      return ok({ preferences: body })
    },
  }),
]

/** The filter is part of the place. */
const placeWith = (unread: string) => z.tuple([z.literal(unread), z.int(), z.string().max(64)])

async function inbox(
  { read }: NotificationDeps,
  { organizationId, memberId }: Actor,
  { limit, cursor, unread }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof Many>>> {
  const below = decodeCursor(cursor, placeWith(unread))
  if (!below.ok) return below
  const isUnread = unread === 'true'
  const place = below.value && { seq: below.value[1], id: below.value[2] }
  return read(organizationId, async (db) => {
    const found = await listNotifications(db, organizationId, memberId, { isUnread, below: place, limit: limit + 1 })
    const { items, nextCursor } = pageOf(found, limit, ({ seq, id }) => [unread, seq, id])
    const total = totalOf(await countNotifications(db, organizationId, memberId, isUnread))
    return ok({ items: items.map(viewOf), nextCursor, ...total, refs: {} })
  })
}

const viewOf = ({ id, event, subject, title, body, at, readAt, mail }: Notification): NotificationView => ({
  id,
  event,
  subject: { ...subject },
  title,
  body,
  at: new Date(at).toISOString(),
  readAt: readAt === null ? null : new Date(readAt).toISOString(),
  mail,
})
