import {
  type CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import pg from 'pg'
import type { Connections, Opening, Session, StoreLog } from '../session.ts'
import { openingOf } from './opening.ts'

export type PostgresConnections = Connections & {
  /** Tells this process's own backends from others', for notifications. */
  readonly isOwn: (backend: number) => boolean
}

export const openPostgres = (url: string, log: StoreLog): PostgresConnections => {
  const pool = new pg.Pool({ ...clientOptions(url), max: 10, idleTimeoutMillis: 30_000 })
  const own = new Set<number>()
  // Without a listener the loss of a connection, idle or not, would end the process.
  pool.on('error', (error) => log.warn({ error }, 'an idle connection to PostgreSQL was lost'))
  pool.on('connect', (client) => {
    client.on('error', (error) => log.warn({ error }, 'a connection to PostgreSQL was lost'))
    own.add(backendOf(client))
  })
  pool.on('remove', (client) => void own.delete(backendOf(client)))
  return {
    dialect: 'postgres',
    language: {
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    },
    open: async (opening) => openSession(await pool.connect(), opening),
    close: () => pool.end(),
    isOwn: (backend) => own.has(backend),
  }
}

const int8 = 20

export const clientOptions = (url: string): pg.ClientConfig => ({
  connectionString: url,
  application_name: 'ostiary',
  keepAlive: true,
  connectionTimeoutMillis: 10_000,
  types: { getTypeParser: (oid, format) => (oid === int8 ? integer : pg.types.getTypeParser(oid, format)) },
})

/** A bigint column is a number in our tables; what a number cannot hold stays exact. */
const integer = (text: string): number | bigint => {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

const backendOf = (client: pg.PoolClient): number => {
  const backend: unknown = Reflect.get(client, 'processID')
  return typeof backend === 'number' ? backend : 0
}

const openSession = async (client: pg.PoolClient, opening: Opening): Promise<Session> => {
  // One after the other: pg's own queue is deprecated, and Kysely may be asked for several at once.
  let tail: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = tail.then(work)
    tail = mine.catch(() => {})
    return mine
  }
  const end = (how: 'commit' | 'rollback'): Promise<void> =>
    inTurn(async () => {
      const { command } = await client.query(how).catch((error: unknown) => {
        client.release(true)
        throw error
      })
      client.release()
      // PostgreSQL answers ROLLBACK to the commit of a transaction that has failed.
      if (how === 'commit' && command !== 'COMMIT') throw new Error('PostgreSQL rolled the unit of work back')
    })
  try {
    await client.query(openingOf(opening))
  } catch (error) {
    client.release(true)
    throw error
  }
  return {
    query: (query) => inTurn(() => ask(client, query)),
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  }
}

const ask = async (client: pg.PoolClient, { sql, parameters }: CompiledQuery): Promise<QueryResult<unknown>> => {
  const { command, rowCount, rows } = await client.query(sql, [...parameters])
  const changes = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command)
  return changes ? { rows, numAffectedRows: BigInt(rowCount ?? 0) } : { rows }
}
