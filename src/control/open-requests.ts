import { rename } from 'node:fs/promises'
import path from 'node:path'
import { isDamaged } from '../db/damaged.ts'
import type { Database } from '../db/database.ts'
import { requestMigrations } from '../db/migrations/requests/all.ts'
import { openDatabase } from '../db/open.ts'
import { lookThrough } from '../requests/log/store.ts'
import { anyFields, type World } from './world.ts'

type Place = Pick<World, 'config' | 'log' | 'now' | 'onStoreDied'>

/**
 * The store of requests: on PostgreSQL the one that is there, on SQLite a file of its own. Nothing else needs it, so a
 * missing one is made anew and a damaged one put aside: control starts all the same, and says so.
 */
export const openRequests = async (world: Place, main: Database): Promise<Database> => {
  if (main.dialect === 'postgres') return main
  const file = path.join(world.config.dataDir, 'requests.db')
  try {
    return await open(world, file)
  } catch (error) {
    if (!isDamaged(error)) throw error
    const aside = `${file}.damaged-${world.now()}`
    for (const ending of ['', '-wal', '-shm']) await rename(`${file}${ending}`, `${aside}${ending}`).catch(notThere)
    const message =
      'the log of requests was damaged: it was put aside and begins anew; keys, limits and money are not in it'
    world.log.error({ err: error, aside }, message)
    return open(world, file)
  }
}

const open = async ({ log, onStoreDied = () => {} }: Place, file: string): Promise<Database> => {
  const options = { kind: 'sqlite', file, migrations: requestMigrations, onDied: onStoreDied } as const
  const database = await openDatabase(options, anyFields(log))
  try {
    await database.system.read(lookThrough)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

const notThere = (error: unknown): void => {
  if (!(error instanceof Error && Reflect.get(error, 'code') === 'ENOENT')) throw error
}
