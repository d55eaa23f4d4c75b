import { AsyncLocalStorage } from 'node:async_hooks'
import type { CompiledQuery, QueryResult } from 'kysely'
import type { Db } from './database.ts'
import { handleOn } from './handle.ts'
import type { Connections, Opening, Session, StoreLog } from './session.ts'

type Deps = {
  readonly connections: Connections
  readonly log: StoreLog
  /** What happens when the work of a write awaits something other than its db. */
  readonly onForeignAwait: 'refuse' | 'warn'
  /** Called after each committed write. */
  readonly committed: () => void
}
export type Units = {
  readonly run: <T>(opening: Opening, work: (db: Db) => Promise<T>) => Promise<T>
  /** Resolves when the open ones have ended; none opens any more. */
  readonly close: () => Promise<void>
}

type Unit = {
  /** False when the work is over, so that a timer or listener born inside may open a unit of its own later. */
  open: boolean
  /** The first statement that failed: PostgreSQL refuses everything after it, so we do on both stores. */
  failed: { readonly reason: unknown } | null
  /** Statements that are running, and how many there have been. */
  running: number
  asked: number
}

export const createUnits = (deps: Deps): Units => {
  const inside = new AsyncLocalStorage<Unit>()
  const unfinished = new Set<Promise<void>>()
  let closed = false

  const track = <T>(promise: Promise<T>): Promise<T> => {
    const done: Promise<void> = promise.then(noted, noted).then(() => void unfinished.delete(done))
    unfinished.add(done)
    return promise
  }

  const runOpened = async <T>(session: Session, opening: Opening, work: (db: Db) => Promise<T>): Promise<T> => {
    const unit: Unit = { open: true, failed: null, running: 0, asked: 0 }
    const { promise: cut, reject: cutShort } = Promise.withResolvers<never>()
    cut.catch(noted)
    const timer = opening.limitMs === null ? null : setTimeout(() => cutShort(overtime(opening)), opening.limitMs)
    const afterStatement = opening.access === 'write' ? () => checkIdle(deps, unit, cutShort) : noted
    const db = handleOn(deps.connections.language, (query) => ask(session, unit, query, afterStatement))
    try {
      const working = inside.run(unit, async () => work(db))
      afterStatement()
      const value = await Promise.race([working, cut])
      if (unit.failed) throw unit.failed.reason
      unit.open = false
      if (opening.access === 'read') endBehind(session)
      else if (isRefusal(value)) await session.rollback()
      else await session.commit()
      return value
    } catch (error) {
      // Open still: what failed was the work, not the commit, which gives its connection back itself.
      if (unit.open) endBehind(session)
      unit.open = false
      throw error
    } finally {
      if (timer) clearTimeout(timer)
    }
  }

  /** Nobody waits for the end of a read, nor, when the time is over, for a statement that cannot be interrupted. */
  const endBehind = (session: Session): void => {
    track(session.rollback()).catch((error: unknown) => deps.log.warn({ error }, 'a unit of work did not end cleanly'))
  }

  return {
    run: async (opening, work) => {
      if (inside.getStore()?.open)
        throw new Error('A unit of work is open here already: use its db, a second one would wait for the first')
      if (closed) throw new Error('The database is closed')
      const value = await track(deps.connections.open(opening).then((session) => runOpened(session, opening, work)))
      if (opening.access === 'write') deps.committed()
      return value
    },
    close: async () => {
      closed = true
      while (unfinished.size > 0) await Promise.all(unfinished)
    },
  }
}

const noted = (): void => {}

/** A `Result` that says no. By its shape, because a unit does not know what its work answers with. */
const isRefusal = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'ok' in value && value.ok === false && 'problem' in value

const overtime = (opening: Opening): Error =>
  new Error(`A unit of work was open for more than ${opening.limitMs} ms and was rolled back`)

const ask = async (
  session: Session,
  unit: Unit,
  query: CompiledQuery,
  afterStatement: () => void,
): Promise<QueryResult<unknown>> => {
  if (!unit.open) throw new Error('This db belongs to a unit of work that is over')
  if (unit.failed) throw new Error('An earlier statement of this unit of work failed', { cause: unit.failed.reason })
  unit.running += 1
  unit.asked += 1
  try {
    return await session.query(query)
  } catch (error) {
    unit.failed ??= { reason: error }
    throw error
  } finally {
    unit.running -= 1
    afterStatement()
  }
}

/**
 * A write may await nothing but its own db. Promises settle before the event loop turns, so work that has neither asked
 * again nor ended by the next turn is waiting for something else, with the writer in its hand.
 */
const checkIdle = (deps: Deps, unit: Unit, cutShort: (reason: Error) => void): void => {
  const asked = unit.asked
  setImmediate(() => {
    if (!unit.open || unit.running > 0 || unit.asked !== asked) return
    const message = 'A unit of work that writes awaited something other than its db'
    if (deps.onForeignAwait === 'refuse') cutShort(new Error(message))
    else deps.log.warn({}, message)
  })
}
