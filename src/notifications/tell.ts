import { chainAfter, type SealedEvent } from '../audit/store.ts'
import type { Database, Db } from '../db/database.ts'
import { atOnceAnHour, mailAt } from './mail/when.ts'
import { noticeOf } from './notice.ts'
import { peopleFor } from './people/store.ts'
import { type Mark, moveMark, outstanding } from './queue/store.ts'
import { defaultMail } from './schema.ts'
import { insertNotifications, type Notification, preferencesOf, toldAt } from './store.ts'

export type TellDeps = {
  readonly system: Pick<Database['system'], 'read'>
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** A mail server is configured. */
  readonly canMail: boolean
}

const eventsAtOnce = 100

/**
 * Events become notices of people, in the unit of work that moves the organization's mark: each is told once, whoever
 * does it and whenever he ends. True while there may be more.
 */
export const tellPeople =
  (deps: TellDeps) =>
  async (isStopping: () => boolean): Promise<void> => {
    for (let isMore = true; isMore && !isStopping(); ) {
      isMore = false
      for (const mark of await deps.system.read(outstanding)) {
        if (isStopping()) return
        if (await tellNext(deps, mark)) isMore = true
      }
    }
  }

const tellNext = (deps: TellDeps, mark: Mark): Promise<boolean> =>
  deps.transaction(mark.organizationId, async (db) => {
    const { organizationId } = mark
    const events = await chainAfter(db, organizationId, mark.seq ?? 0, eventsAtOnce)
    const to = events.at(-1)?.seq
    if (to === undefined || !(await moveMark(db, mark, to))) return false
    for (const event of events) await tellOf(deps, db, organizationId, event)
    return events.length === eventsAtOnce
  })

async function tellOf(deps: TellDeps, db: Db, organizationId: string, event: SealedEvent): Promise<void> {
  const notice = noticeOf(event)
  if (notice === null) return
  const people = await peopleFor(db, organizationId, { subject: event.subject, to: notice.to })
  // Who has done it himself knows.
  const told = [...people].filter((member) => member !== event.actor.id)
  const preferences = deps.canMail ? await preferencesOf(db, organizationId, told) : null
  const now = deps.now()
  const rows: Notification[] = []
  for (const memberId of told) {
    const lately = preferences && (await toldAt(db, organizationId, memberId, atOnceAnHour))
    const mailNextAt = preferences && mailAt(preferences.get(memberId) ?? defaultMail, now, lately)
    rows.push({
      id: deps.newId('ntf'),
      memberId,
      eventId: event.id,
      seq: event.seq,
      event: event.action,
      subject: { kind: event.subject.kind, id: event.subject.id },
      title: notice.title,
      body: notice.body,
      at: Date.parse(event.at),
      readAt: null,
      mail: mailNextAt === null ? 'none' : 'waiting',
      mailNextAt,
    })
  }
  await insertNotifications(db, organizationId, rows)
}
