import type { Db } from '../db/database.ts'
import { countedTo } from '../http/lists.ts'
import type { MailPreference, NotificationView } from './schema.ts'

export type Notification = {
  readonly id: string
  readonly memberId: string
  readonly eventId: string
  readonly seq: number
  readonly event: string
  readonly subject: { readonly kind: string; readonly id: string }
  readonly title: string
  readonly body: string
  readonly at: number
  readonly readAt: number | null
  readonly mail: NotificationView['mail']
  /** When it may be mailed; null: never. */
  readonly mailNextAt: number | null
}

/** A member who has been told of that event is not told again. */
export async function insertNotifications(
  db: Db,
  organizationId: string,
  notifications: readonly Notification[],
): Promise<void> {
  for (let at = 0; at < notifications.length; at += 100) {
    const rows = notifications.slice(at, at + 100).map((each) => ({
      organization_id: organizationId,
      id: each.id,
      member_id: each.memberId,
      event_id: each.eventId,
      seq: each.seq,
      event: each.event,
      subject_kind: each.subject.kind,
      subject_id: each.subject.id,
      title: each.title,
      body: each.body,
      at: each.at,
      read_at: null,
      mail: each.mail,
      mail_next_at: each.mailNextAt,
    }))
    await db
      .insertInto('notifications')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

const ofMember = (db: Db, organizationId: string, memberId: string, isUnread: boolean) =>
  db
    .selectFrom('notifications')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .$if(isUnread, (query) => query.where('read_at', 'is', null))

export type Page = {
  readonly isUnread: boolean
  readonly below: { readonly seq: number; readonly id: string } | null
  readonly limit: number
}

/** Newest first. */
export async function listNotifications(
  db: Db,
  organizationId: string,
  memberId: string,
  { isUnread, below, limit }: Page,
): Promise<Notification[]> {
  const rows = await ofMember(db, organizationId, memberId, isUnread)
    .selectAll()
    .$if(below !== null, (query) =>
      query.where((is) =>
        is.or([
          is('seq', '<', below?.seq ?? 0),
          is.and([is('seq', '=', below?.seq ?? 0), is('id', '<', below?.id ?? '')]),
        ]),
      ),
    )
    .orderBy('seq', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    memberId: row.member_id,
    eventId: row.event_id,
    seq: row.seq,
    event: row.event,
    subject: { kind: row.subject_kind, id: row.subject_id },
    title: row.title,
    body: row.body,
    at: row.at,
    readAt: row.read_at,
    mail: row.mail,
    mailNextAt: row.mail_next_at,
  }))
}

export async function countNotifications(
  db: Db,
  organizationId: string,
  memberId: string,
  isUnread: boolean,
): Promise<number> {
  const some = ofMember(db, organizationId, memberId, isUnread)
    .select('id')
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(some.as('some'))
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** When the last notice but `back` was; null: there are not so many. */
export async function toldAt(db: Db, organizationId: string, memberId: string, back: number): Promise<number | null> {
  const row = await ofMember(db, organizationId, memberId, false)
    .select('at')
    .orderBy('seq', 'desc')
    .offset(back - 1)
    .limit(1)
    .executeTakeFirst()
  return row?.at ?? null
}

/** Null: all of them. Answers how many were not read before. */
export async function markRead(
  db: Db,
  organizationId: string,
  memberId: string,
  ids: readonly string[] | null,
  at: number,
): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('notifications')
    .set({ read_at: at })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('read_at', 'is', null)
    .$if(ids !== null, (query) => query.where('id', 'in', [...(ids ?? [])]))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** By member; who has said nothing is missing. */
export async function preferencesOf(
  db: Db,
  organizationId: string,
  members: readonly string[],
): Promise<ReadonlyMap<string, MailPreference>> {
  if (members.length === 0) return new Map()
  const rows = await db
    .selectFrom('notification_preferences')
    .select(['member_id', 'mail'])
    .where('organization_id', '=', organizationId)
    .where('member_id', 'in', [...members])
    .execute()
  return new Map(rows.map(({ member_id, mail }) => [member_id, mail]))
}

export async function setPreference(
  db: Db,
  organizationId: string,
  memberId: string,
  mail: MailPreference,
): Promise<void> {
  await db
    .insertInto('notification_preferences')
    .values({ organization_id: organizationId, member_id: memberId, mail })
    .onConflict((conflict) => conflict.columns(['organization_id', 'member_id']).doUpdateSet({ mail }))
    .execute()
}

/** Up to 200 of what is older; true while there may be more. Over all organizations: a job's query. */
export async function forgetNotifications(db: Db, before: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('notifications')
    .where('id', 'in', (query) => query.selectFrom('notifications').select('id').where('at', '<', before).limit(200))
    .executeTakeFirst()
  return numDeletedRows === 200n
}
