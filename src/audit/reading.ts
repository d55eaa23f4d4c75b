import { hash } from 'node:crypto'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { audited } from './audited.ts'
import { insertEvent, insertEventOnce, isToldAs } from './store.ts'

export type ReadingDeps = {
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
/** As it was asked, without what was not. */
export type Asked = Readonly<Record<string, string | undefined>>

const windowMs = 10 * 60_000
/** Of one person in one window; beyond it his readings are one. A question that moves with the clock is always new. */
const mostQuestions = 100

/**
 * Who has read the log: one event for each question within ten minutes, so that neither its pages nor a screen that asks
 * again and again fill the log with themselves. The id of the event says which, so several controls write it once, too.
 */
export function createReadings({ transaction, newId, now }: ReadingDeps) {
  let window = 0
  const known = new Map<string, Set<string>>()
  return async (actor: Actor, requestId: string, asked: Asked): Promise<void> => {
    const at = now()
    const current = Math.floor(at / windowMs)
    if (current !== window) known.clear()
    window = current
    const who = `${actor.organizationId} ${audited(actor).id}`
    const questions = known.get(who) ?? new Set()
    known.set(who, questions)
    const isMany = questions.size >= mostQuestions
    const question = isMany ? 'many' : JSON.stringify(Object.entries(asked).toSorted())
    if (questions.has(question)) return
    const id = `evt_${hash('sha256', `${window} ${who} ${question}`, 'hex').slice(0, 16)}`
    const after = isMany ? { filter: 'more than can be told apart' } : { filter: asked }
    const event = {
      at,
      requestId,
      actor: audited(actor),
      action: 'audit.read',
      subject: subjectOf(actor),
      after,
    } as const
    await transaction(actor.organizationId, async (db) => {
      const told = await isToldAs(db, actor.organizationId, id, after)
      // Somebody may have looked for two questions with one id: each is told.
      await insertEventOnce(db, actor.organizationId, { ...event, id: told === false ? newId('evt') : id })
    })
    questions.add(question)
  }
}

/** Every one of them, before its first line leaves. */
export const recordExport =
  ({ transaction, newId, now }: ReadingDeps) =>
  (actor: Actor, requestId: string, after: object): Promise<void> =>
    transaction(actor.organizationId, (db) =>
      insertEvent(db, actor.organizationId, {
        id: newId('evt'),
        at: now(),
        requestId,
        actor: audited(actor),
        action: 'audit.exported',
        subject: subjectOf(actor),
        after,
      }),
    )

const subjectOf = ({ organizationId }: Actor) => ({ kind: 'audit-log', id: organizationId, name: 'audit log' })
