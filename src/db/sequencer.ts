import { sql } from 'kysely'
import { numberCommitted, numbersOf, outstanding } from './changes.ts'
import type { Database, Db } from './database.ts'
import type { StoreLog } from './session.ts'

type Deps = {
  readonly database: Database
  /** Seals the audit events of what is being numbered, in the same transaction; answers how many. */
  readonly seal: (db: Db) => Promise<number>
  readonly log: StoreLog
  readonly pollMs?: number
}
export type Sequencer = {
  readonly start: () => void
  readonly stop: () => Promise<void>
  /** The number of a committed row, given here or by another control's sequencer. */
  readonly numberOf: (rowId: number) => Promise<number>
  readonly onNumbered: (listener: (upTo: number) => void) => () => void
  /** The highest number that this process knows of. */
  readonly latest: () => number
}
const batchSize = 500

/** Any two numbers: they name this lock among the advisory locks of the database. */
const lockForNumbers = sql<{ mine: boolean }>`select pg_try_advisory_xact_lock(0x6f737469, 2) as mine`

/** Thrown to roll back a batch in which there was nothing to do, so that it does not count as a commit. */
const nothing = new Error('There was nothing to number')

/**
 * Gives committed changes their numbers and seals their audit events. Writers take no lock and wait for nobody: a row
 * that commits late gets a later number, so no number is ever skipped or given out of order. One sequencer works at a
 * time (PostgreSQL: a lock that ends with the batch; SQLite: the writer); the others see its work by notification or
 * poll.
 */
export const createSequencer = (deps: Deps): Sequencer => {
  const { database, log } = deps
  const alarm = createAlarm(deps.pollMs ?? 1_000)
  const listeners = new Set<(upTo: number) => void>()
  const waiting = new Map<number, PromiseWithResolvers<number>[]>()
  let latest = 0
  let stopped = false
  let unsubscribe = (): void => {}
  let done: Promise<void> = Promise.resolve()

  const answer = (rowId: number, number: number): void => {
    for (const each of waiting.get(rowId) ?? []) each.resolve(number)
    waiting.delete(rowId)
  }
  const publish = (upTo: number): void => {
    if (upTo <= latest) return
    latest = upTo
    for (const listener of listeners) {
      try {
        listener(upTo)
      } catch (error) {
        log.error({ error }, 'a listener to numbered changes failed')
      }
    }
  }
  const turn = async (): Promise<void> => {
    const seen = await database.system.read(outstanding)
    const numbered = seen.any ? await numberBatch(deps) : []
    // Told before they are answered, so that whoever waits for a number finds it announced already.
    publish(Math.max(seen.latest, ...numbered.map(({ number }) => number)))
    for (const { rowId, number } of numbered) answer(rowId, number)
    if (numbered.length === batchSize) alarm.ring()
    if (waiting.size > 0) await lookUp(database, waiting, answer, publish)
  }
  const loop = async (): Promise<void> => {
    while (!stopped) {
      alarm.set()
      await turn().catch((error: unknown) => log.error({ error }, 'changes could not be numbered; trying again'))
      await alarm.rings()
    }
  }
  return {
    start: () => {
      unsubscribe = database.onCommit(alarm.ring)
      done = loop()
    },
    stop: async () => {
      stopped = true
      unsubscribe()
      alarm.ring()
      await done
      for (const each of [...waiting.values()].flat()) each.reject(new Error('The sequencer has stopped'))
      waiting.clear()
    },
    numberOf: (rowId) => {
      const mine = Promise.withResolvers<number>()
      if (stopped) mine.reject(new Error('The sequencer has stopped'))
      else waiting.set(rowId, [...(waiting.get(rowId) ?? []), mine])
      alarm.ring()
      return mine.promise
    },
    onNumbered: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    latest: () => latest,
  }
}

type Alarm = { readonly set: () => void; readonly ring: () => void; readonly rings: () => Promise<void> }

/** Rings when somebody rings it, also before it is waited for, and at the latest when the time of a poll is over. */
const createAlarm = (pollMs: number): Alarm => {
  let rung = false
  let awake = (): void => {}
  return {
    set: () => {
      rung = false
    },
    ring: () => {
      rung = true
      awake()
    },
    rings: () =>
      new Promise((resolve) => {
        if (rung) return resolve()
        const timer = setTimeout(resolve, pollMs)
        awake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}

const numberBatch = ({ database, seal }: Deps): Promise<{ rowId: number; number: number }[]> =>
  database.system
    .transaction(async (db) => {
      if (database.dialect === 'postgres') {
        const { rows } = await lockForNumbers.execute(db)
        if (!rows[0]?.mine) throw nothing
      }
      const numbered = await numberCommitted(db, batchSize)
      const sealed = await seal(db)
      if (numbered.length + sealed === 0) throw nothing
      return numbered
    })
    .catch((error: unknown) => {
      if (error === nothing) return []
      throw error
    })

/** For rows that another control's sequencer has numbered, and for those asked for after they were numbered here. */
const lookUp = async (
  database: Database,
  waiting: Map<number, PromiseWithResolvers<number>[]>,
  answer: (rowId: number, number: number) => void,
  publish: (upTo: number) => void,
): Promise<void> => {
  const asked = [...waiting.keys()].slice(0, batchSize)
  const found = await database.system.read((db) => numbersOf(db, asked))
  for (const rowId of asked) {
    const number = found.get(rowId)
    if (number === undefined) {
      for (const each of waiting.get(rowId) ?? []) each.reject(new Error('There is no such change'))
      waiting.delete(rowId)
    } else if (number !== null) {
      publish(number)
      answer(rowId, number)
    }
  }
}
