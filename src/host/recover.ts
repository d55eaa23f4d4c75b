import { access } from 'node:fs/promises'
import path from 'node:path'
import { loadRoot, rootCheck } from '../credentials/root.ts'
import { rootDisk } from '../credentials/root-disk.ts'
import type { Database, Db } from '../db/database.ts'
import { openDatabase } from '../db/open.ts'
import { base62, newId } from '../keys/token.ts'
import { makeReset, resetUrl } from '../people/resets/make.ts'
import type { RecoverableOwner, Recovery } from '../people/resets/schema.ts'
import { activeOwners } from '../people/resets/store.ts'
import { findDefaultOrganization, findInstallation, findOrganization, type Member } from '../people/store.ts'
import type { Secret } from '../secret.ts'

export type RecoverQuery = {
  readonly dataDir: string
  /** Null: SQLite in the data directory. */
  readonly databaseUrl: Secret | null
  /** Null: the file in the data directory. */
  readonly masterKey: Secret | null
  /** Where people reach control, without a slash at the end. */
  readonly controlUrl: string
  /** Id or slug; absent: the default one. */
  readonly organization?: string | undefined
  /** Address or id; absent: the only one. */
  readonly owner?: string | undefined
}
type World = { readonly now: () => number; readonly randomBytes: (size: number) => Uint8Array }

const failed = (why: string): Recovery => ({ is: 'failed', why })
const absent = (why: string): Recovery => ({ is: 'absent', why })

/**
 * A way in for an owner whom nobody else can let in. Whoever may read the database and the master key of this machine is
 * above all owners anyway; it is written down all the same. Control may be running beside it.
 */
export const recover =
  (world: World) =>
  async (query: RecoverQuery): Promise<Recovery> => {
    const file = path.join(query.dataDir, 'ostiary.db')
    const { databaseUrl } = query
    if (databaseUrl === null && !(await isThere(file)))
      return absent(`There is no database of Ostiary in ${query.dataDir}.`)
    const place =
      databaseUrl === null
        ? { kind: 'sqlite' as const, file }
        : { kind: 'postgres' as const, url: databaseUrl.reveal() }
    let database: Database | null = null
    try {
      database = await openDatabase(place, quiet)
      return await recoverIn(world, database, query)
    } catch (error) {
      return failed(`The database cannot be used: ${reasonOf(error, databaseUrl)}`)
    } finally {
      await database?.close()
    }
  }

/** What there is to say stands in the answer. */
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** The driver's own message may hold the address of the database, and with it its password. */
const reasonOf = (error: unknown, databaseUrl: Secret | null): string => {
  const message = error instanceof Error ? error.message : String(error)
  return databaseUrl === null ? message : message.replaceAll(databaseUrl.reveal(), '[database]')
}

async function recoverIn(world: World, database: Database, query: RecoverQuery): Promise<Recovery> {
  const wrong = await refuseRoot(world, database, query)
  if (wrong) return wrong
  const found = await database.system.read((db) => ownersOf(db, query.organization))
  if (found === null) return absent(`There is no organization ${query.organization ?? 'to recover'}.`)
  const { id, slug, owners } = found
  const named = query.owner?.trim().toLowerCase()
  const fitting = owners.filter((one) => named === undefined || one.email === named || one.id.toLowerCase() === named)
  const [owner, another] = fitting
  if (another) return { is: 'several', organization: slug, owners: fitting.map(shown) }
  if (!owner)
    return absent(
      named === undefined
        ? `${slug} has no owner who is active.`
        : `No owner of ${slug} who is active has that address.`,
    )
  const deps = { now: world.now, newId: newIdOf(world), newCode: () => base62(43, world.randomBytes) }
  const by = { kind: 'system', id: 'host', name: 'host' }
  const link = { member: owner, kind: 'host' as const, by, requestId: deps.newId('req') }
  const { code, expiresAt } = await database.transaction(id, (db) => makeReset(db, deps, id, link))
  const url = resetUrl(query.controlUrl, code)
  return { is: 'made', organization: slug, owner: shown(owner), url, expiresAt: new Date(expiresAt).toISOString() }
}

const newIdOf =
  ({ randomBytes }: World) =>
  (prefix: string): string =>
    newId(prefix, randomBytes)

const shown = ({ id, name, email }: Member): RecoverableOwner => ({ id, name, email })

/** Null: the master key is the one that this database was set up with. */
async function refuseRoot(world: World, database: Database, query: RecoverQuery): Promise<Recovery | null> {
  const installation = await database.system.read(findInstallation)
  if (!installation) return absent('Nothing has been started on this database yet.')
  const file = path.join(query.dataDir, 'secrets', 'master.key')
  const { masterKey } = query
  const loaded = await loadRoot({ masterKey, file, disk: rootDisk, randomBytes: world.randomBytes, mayCreate: false })
  if (!loaded.ok) return failed(loaded.message)
  const isRight = loaded.root.id === installation.rootId && rootCheck(loaded.root) === installation.rootCheck
  return isRight ? null : failed('The master key is not the one that this database was set up with.')
}

async function ownersOf(db: Db, idOrSlug: string | undefined) {
  const organization = idOrSlug === undefined ? await findDefaultOrganization(db) : await findOrganization(db, idOrSlug)
  if (!organization) return null
  const { id, slug } = organization
  return { id, slug, owners: await activeOwners(db, id) }
}
