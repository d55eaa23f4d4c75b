import type { Database, Db } from '../db/database.ts'
import { csvLine } from '../http/csv.ts'
import type { Link } from './chain.ts'
import type { Checkpoint } from './checkpoint.ts'
import { checkpointsBetween } from './checkpoints/store.ts'
import type { ExportHead } from './schema.ts'
import { type EventFilter, eventsBetween, headOf, type SealedEvent } from './store.ts'

type Source = {
  readonly read: Database['read']
  readonly organizationId: string
  readonly filter: EventFilter
  /** The chain is written from behind the one event to the other; what comes later is of the next export. */
  readonly after: number
  readonly upTo: Link
  /** What was signed beyond its end, the log has lost: whoever verifies has to see that. */
  readonly beyond: readonly Checkpoint[]
}

/** Numbers that one unit of work looks at. */
const perPage = 200

type Page = { readonly events: readonly SealedEvent[]; readonly checkpoints: readonly Checkpoint[] }

async function* pagesOf({ read, organizationId, filter, after, upTo }: Source): AsyncIterable<Page> {
  for (let from = after; from < upTo.seq; from += perPage) {
    const to = Math.min(from + perPage, upTo.seq)
    yield await read(organizationId, async (db) => ({
      events: await eventsBetween(db, organizationId, filter, from, to),
      checkpoints: await checkpointsBetween(db, organizationId, from, to),
    }))
  }
}

/**
 * Lines of JSON: what this is, the events as REST shows them, behind each the checkpoint that covers it, and where it
 * ends. Checkpoints say nothing about a part, so a filtered export has none.
 */
export async function* ndjson(source: Source, head: ExportHead): AsyncIterable<string> {
  const isWhole = Object.keys(head.filter).length === 0
  yield lineOf({ export: head })
  for await (const { events, checkpoints } of pagesOf(source)) {
    const lines = events.map(({ organization: _, ...event }) => ({ seq: event.seq, line: lineOf(event) }))
    const covers = isWhole ? checkpoints : []
    // Sorting keeps the order of equals: an event, then what covers it.
    for (const checkpoint of covers) lines.push({ seq: checkpoint.seq, line: lineOf({ checkpoint }) })
    yield lines
      .toSorted((one, other) => one.seq - other.seq)
      .map(({ line }) => line)
      .join('')
  }
  const lost = isWhole ? source.beyond : []
  yield [...lost.map((checkpoint) => lineOf({ checkpoint })), lineOf({ end: source.upTo })].join('')
}

/** Where the export that begins now will end, seen at one moment. */
export const endOf = async (db: Db, organizationId: string): Promise<Pick<Source, 'upTo' | 'beyond'>> => {
  const upTo = await headOf(db, organizationId)
  return { upTo, beyond: await checkpointsBetween(db, organizationId, upTo.seq, Number.MAX_SAFE_INTEGER) }
}

const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`

const columns = [
  ['seq', ({ seq }) => String(seq)],
  ['at', ({ at }) => at],
  ['actor_kind', ({ actor }) => actor.kind],
  ['actor_id', ({ actor }) => actor.id],
  ['actor_name', ({ actor }) => actor.name],
  ['action', ({ action }) => action],
  ['subject_kind', ({ subject }) => subject.kind],
  ['subject_id', ({ subject }) => subject.id],
  ['subject_name', ({ subject }) => subject.name],
  ['address', ({ address }) => address ?? ''],
  ['request_id', ({ requestId }) => requestId],
  ['before', ({ before }) => jsonOf(before)],
  ['after', ({ after }) => jsonOf(after)],
  ['id', ({ id }) => id],
  ['hash', ({ hash }) => hash],
] as const satisfies readonly (readonly [name: string, cell: (event: SealedEvent) => string])[]

const jsonOf = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value))

/** For tables: what a person reads, without what proves it. */
export async function* csv(source: Source): AsyncIterable<string> {
  yield csvLine(columns.map(([name]) => name))
  for await (const { events } of pagesOf(source))
    yield events.map((event) => csvLine(columns.map(([, cell]) => cell(event)))).join('')
}
