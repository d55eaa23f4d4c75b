import { changesAfter, latestNumber, logId, oldestPosition } from '../db/changes.ts'
import type { Database, Db } from '../db/database.ts'
import type { Position, RecordKind } from './schema.ts'
import type { UnsealedRecord } from './unsealed/schema.ts'
import type { SetTimer } from './wire.ts'

/** Reads one record as it is now; null: it is no more. */
export type Reader = (db: Db, organizationId: string, id: string) => Promise<UnsealedRecord | null>
export type Readers = Readonly<Record<RecordKind, Reader>>

export type Snapshot = { readonly position: Position; readonly records: readonly UnsealedRecord[] }
export type Batch = { readonly after: number; readonly upTo: number; readonly records: readonly UnsealedRecord[] }

export type TailDeps = {
  readonly database: { readonly system: Pick<Database['system'], 'read'> }
  readonly readers: Readers
  /** Everything that gateways hold, in pages, read with the given `db` and nothing else. */
  readonly snapshotOf: (db: Db) => AsyncIterable<readonly UnsealedRecord[]>
  readonly setTimer: SetTimer
  readonly log: { readonly error: (fields: object, message: string) => void }
}

/** Follows the change log: one reader for all gateways of this control. */
export type Tail = {
  readonly open: () => Promise<Position>
  readonly number: () => number
  readonly logId: () => string
  /** Something was numbered. Calls `onBatch` until the end of the log is reached, again after a failure. */
  readonly wake: () => void
  readonly readAfter: (number: number) => Promise<Batch | null>
  readonly snapshot: () => Promise<Snapshot>
  readonly isResumable: (position: Position) => Promise<boolean>
  readonly stop: () => void
}

const perBatch = 500
const retryMs = 250
const attemptsAsOne = 3

export function createTail(deps: TailDeps, onBatch: (batch: Batch) => void): Tail {
  let at: Position | null = null
  let opening: Promise<Position> | null = null
  let reading: Promise<Snapshot> | null = null
  let stopped = false
  const read = deps.database.system.read

  const open = (): Promise<Position> => {
    opening ??= read((db) => positionIn(db)).then(
      (position) => {
        at ??= position
        return position
      },
      (error) => {
        opening = null
        throw error
      },
    )
    return opening
  }
  const step = async (failures: number): Promise<boolean> => {
    if (!at || stopped) return false
    const batch = await (failures < attemptsAsOne ? readAfter(deps, at.number) : readOneByOne(deps, at.number))
    if (!batch || stopped) return false
    at = { ...at, number: batch.upTo }
    onBatch(batch)
    return true
  }
  return {
    open,
    number: () => at?.number ?? 0,
    logId: () => at?.log ?? '',
    wake: createPump(deps, step),
    readAfter: (number) => readAfter(deps, number),
    // Shared while it is being read: ten gateways that attach at once after a restart of control cost one snapshot.
    snapshot: () => {
      reading ??= read((db) => readAll(deps, db)).finally(() => {
        reading = null
      })
      return reading
    },
    isResumable: async (position) => {
      if (position.log !== at?.log) return false
      const [oldest, latest] = await read(async (db) => [await oldestPosition(db), await latestNumber(db)] as const)
      return position.number >= oldest && position.number <= latest
    },
    stop: () => {
      stopped = true
    },
  }
}

/** Runs `step` until it has nothing to do; a wake in the meantime counts, a failure waits and tries again. */
function createPump(deps: TailDeps, step: (failures: number) => Promise<boolean>): () => void {
  let running = false
  let again = false
  const run = async (failures: number): Promise<void> => {
    running = true
    try {
      do {
        again = false
        while (await step(failures)) failures = 0
      } while (again)
      running = false
    } catch (error) {
      deps.log.error({ error, failures }, 'feed: the change log cannot be read; trying again')
      deps.setTimer(retryMs, () => void run(failures + 1))
    }
  }
  return () => {
    again = true
    if (!running) void run(0)
  }
}

const positionIn = async (db: Db): Promise<Position> => ({ log: await logId(db), number: await latestNumber(db) })

async function readAll(deps: TailDeps, db: Db): Promise<Snapshot> {
  const position = await positionIn(db)
  const records: UnsealedRecord[] = []
  for await (const page of deps.snapshotOf(db)) records.push(...page)
  return { position, records }
}

type Subject = { readonly kind: RecordKind; readonly organizationId: string; readonly id: string }
type Range = { readonly upTo: number; readonly subjects: readonly Subject[] }

async function rangeAfter(db: Db, deps: TailDeps, after: number): Promise<Range | null> {
  const rows = await changesAfter(db, after, perBatch)
  const last = rows.at(-1)
  if (!last) return null
  // One record per subject, however often it changed: what counts is how it is now.
  const subjects = new Map<string, Subject>()
  for (const { kind, organizationId, subjectId } of rows) {
    // Kinds of a newer release concern no gateway that this program can speak to.
    if (!isKnown(deps.readers, kind)) continue
    subjects.set(`${kind} ${organizationId} ${subjectId}`, { kind, organizationId, id: subjectId })
  }
  return { upTo: last.number, subjects: [...subjects.values()] }
}

const isKnown = (readers: Readers, kind: string): kind is RecordKind => Object.hasOwn(readers, kind)

const readSubject = async (deps: TailDeps, db: Db, { kind, organizationId, id }: Subject): Promise<UnsealedRecord> =>
  (await deps.readers[kind](db, organizationId, id)) ?? gone({ kind, organizationId, id })

/** Final, so newer than anything: ids are never used again. */
const gone = ({ kind, organizationId, id }: Subject): UnsealedRecord => ({
  kind: 'gone',
  of: kind,
  organization: organizationId,
  id,
  revision: Number.MAX_SAFE_INTEGER,
})

function readAfter(deps: TailDeps, after: number): Promise<Batch | null> {
  return deps.database.system.read(async (db) => {
    const range = await rangeAfter(db, deps, after)
    if (!range) return null
    const records: UnsealedRecord[] = []
    for (const subject of range.subjects) records.push(await readSubject(deps, db, subject))
    return { after, upTo: range.upTo, records }
  })
}

/**
 * After failures in a row: one record that cannot be read (a damaged row, a ciphertext that does not open) must not keep
 * every later revocation from the gateways. It is taken from them, which refuses; all others go on.
 */
async function readOneByOne(deps: TailDeps, after: number): Promise<Batch | null> {
  const read = deps.database.system.read
  const range = await read((db) => rangeAfter(db, deps, after))
  if (!range) return null
  const records: UnsealedRecord[] = []
  for (const subject of range.subjects) {
    try {
      records.push(await read((db) => readSubject(deps, db, subject)))
    } catch (error) {
      // The store itself must answer, else the fault is not the record's and nothing may be taken away.
      await read(latestNumber)
      deps.log.error({ error, ...subject }, 'feed: a record cannot be read and is withdrawn from the gateways')
      records.push(gone(subject))
    }
  }
  return { after, upTo: range.upTo, records }
}
