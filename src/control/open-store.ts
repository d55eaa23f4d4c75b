import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { insertCatalog } from '../catalogs/store.ts'
import { loadRoot, type Root, rootCheck } from '../credentials/root.ts'
import { rootDisk } from '../credentials/root-disk.ts'
import type { Database } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import { newId } from '../keys/token.ts'
import { type FirstRows, firstStart } from '../people/first-start.ts'
import { findInstallation } from '../people/store.ts'
import { insertProject } from '../projects/store.ts'
import { openRequests } from './open-requests.ts'
import { anyFields, type World } from './world.ts'

export type Store = {
  readonly database: Database
  /** The log of requests: on PostgreSQL the same, on SQLite a file beside. Closed with `database`. */
  readonly requests: Database
  readonly root: Root
  readonly first: FirstRows
}

/** Database, root secret and first rows, in the order in which one tells whether the next is right. */
export const openStore = async (world: World): Promise<Store> => {
  const { database, requests } = await openBoth(world)
  try {
    const installation = await database.system.read(findInstallation)
    const root = await rootOf(world, installation === null)
    const first = await firstStart({
      system: database.system,
      insertProject,
      insertCatalog,
      newId: (prefix) => newId(prefix, world.randomBytes),
      now: world.now,
      root: { id: root.id, check: rootCheck(root) },
    })
    return { database, requests, root, first }
  } catch (error) {
    await database.close()
    throw error
  }
}

const openBoth = async (world: World): Promise<Pick<Store, 'database' | 'requests'>> => {
  const main = await open(world)
  try {
    const requests = await openRequests(world, main)
    if (requests === main) return { database: main, requests }
    const close = async (): Promise<void> => {
      await requests.close()
      await main.close()
    }
    return { database: { ...main, close }, requests }
  } catch (error) {
    await main.close()
    throw error
  }
}

const open = async ({ config, log, onStoreDied = () => {} }: World): Promise<Database> => {
  const storeLog = anyFields(log)
  if (config.databaseUrl) return openDatabase({ kind: 'postgres', url: config.databaseUrl.reveal() }, storeLog)
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  const file = path.join(config.dataDir, 'ostiary.db')
  return openDatabase({ kind: 'sqlite', file, onDied: onStoreDied }, storeLog)
}

/** A root of its own is made only for a store that nobody else can use: `serve`, or SQLite on this machine. */
const rootOf = async ({ config, embeddedGateways, randomBytes }: World, mayCreate: boolean): Promise<Root> => {
  const isAlone = embeddedGateways.length > 0 || config.databaseUrl === null
  const file = isAlone ? path.join(config.dataDir, 'secrets', 'master.key') : null
  const loaded = await loadRoot({ masterKey: config.masterKey, file, disk: rootDisk, randomBytes, mayCreate })
  if (!loaded.ok) throw new Error(loaded.message)
  return loaded.root
}
