import { chainAfter, listEvents, type SealedEvent } from '../../audit/store.ts'
import type { Database, Db } from '../../db/database.ts'
import { wants } from '../events.ts'
import { activeWebhooks, type Webhook } from '../store.ts'
import { payloadOf } from './payload.ts'
import { insertDeliveries, lastSeq, type Mark, metadataOfKeys, moveMark, type NewDelivery } from './store.ts'
import { wordsFor } from './words.ts'

export type HandOutDeps = {
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
const rowsAtMost = 200

/**
 * The next events of an organization's chain become rows, one for each webhook that wants them, in the unit of work that
 * moves the mark: so each event is handed out once, whoever does it and whenever he ends. Answers whether there may be
 * more.
 */
export const handOut = (deps: HandOutDeps) => {
  const beginnings = new Map<string, number>()
  return ({ organizationId, seq: from }: Mark): Promise<boolean> =>
    deps.transaction(organizationId, async (db) => {
      // Before the look at the webhooks: one that is made meanwhile begins behind it.
      const last = await lastSeq(db, organizationId)
      const webhooks = await activeWebhooks(db, organizationId)
      if (webhooks.length === 0) {
        await moveMark(db, organizationId, from, last)
        return false
      }
      const room = Math.max(1, Math.floor(rowsAtMost / webhooks.length))
      const events = await chainAfter(db, organizationId, from, room)
      const to = events.at(-1)?.seq
      if (to === undefined || !(await moveMark(db, organizationId, from, to))) return false
      const since = new Map<string, number>()
      for (const { id } of webhooks) since.set(id, await beginningOf(db, organizationId, id, beginnings))
      const metadata = await metadataOfKeys(db, organizationId, keysOf(events))
      const rows = events.flatMap((event) => rowsOf(deps, event, webhooks, since, metadata.get(event.subject.id)))
      await insertDeliveries(db, organizationId, rows, deps.now())
      return events.length === room
    })
}

const keysOf = (events: readonly SealedEvent[]): string[] => [
  ...new Set(events.flatMap(({ subject }) => (subject.kind === 'key' ? [subject.id] : []))),
]

/** A webhook is told of what comes behind the event of its own beginning; of nothing while that one has no place yet. */
async function beginningOf(db: Db, organizationId: string, id: string, known: Map<string, number>): Promise<number> {
  const seen = known.get(id)
  if (seen !== undefined) return seen
  const { events } = await listEvents(db, organizationId, { subject: id, action: 'webhook.created' }, null, 1)
  const seq = events[0]?.seq
  if (seq !== undefined) known.set(id, seq)
  return seq ?? Number.POSITIVE_INFINITY
}

const rowsOf = (
  { newId }: HandOutDeps,
  event: SealedEvent,
  webhooks: readonly Webhook[],
  since: ReadonlyMap<string, number>,
  metadata: string | undefined,
): NewDelivery[] => {
  const told = webhooks.filter(({ id, events }) => wants(events, event.action) && event.seq > (since.get(id) ?? 0))
  if (told.length === 0) return []
  const payload = payloadOf(event, metadata)
  return told.map(({ id, format }) => ({
    id: newId('msg'),
    webhookId: id,
    seq: event.seq,
    event: event.action,
    payload: format === 'standard' ? payload : wordsFor(format, event),
  }))
}
