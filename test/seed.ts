import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hash } from '@node-rs/argon2'
import pg from 'pg'
import { derive, loadRoot, type Root } from '../src/credentials/root.ts'
import { rootDisk } from '../src/credentials/root-disk.ts'
import { gateOf, hashSecret } from '../src/keys/hash.ts'
import { mint, newId } from '../src/keys/token.ts'

/** Rows written by hand into the database of a product that does not run: what no REST call could make (yet). */
export type Store = { readonly dataDir: string; readonly databaseUrl: string | null }
type Row = Record<string, string | number | null>
export type Seeded = { readonly id: string; readonly secret: string }

export async function insertRows(store: Store, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  if (store.databaseUrl) return insertIntoPostgres(store.databaseUrl, table, columns, rows)
  const database = new DatabaseSync(await databaseFile(store.dataDir))
  const insert = database.prepare(`insert into ${table} (${columns}) values (${columns.map(() => '?')})`)
  database.exec('begin')
  for (const row of rows) insert.run(...columns.map((column) => row[column] ?? null))
  database.exec('commit')
  database.close()
}

async function insertIntoPostgres(
  url: string,
  table: string,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  // The user of the tests is a superuser: no policy stands in the way of planting another organization.
  const places = columns.map((_, at) => `$${at + 1}`)
  for (const row of rows)
    await client.query(
      `insert into ${table} (${columns}) values (${places})`,
      columns.map((column) => row[column]),
    )
  await client.end()
}

export async function firstRow(store: Store, sql: string): Promise<Row> {
  if (store.databaseUrl) {
    const client = new pg.Client({ connectionString: store.databaseUrl })
    await client.connect()
    const { rows } = await client.query<Row>(sql)
    await client.end()
    return rows[0] ?? {}
  }
  const database = new DatabaseSync(await databaseFile(store.dataDir), { readOnly: true })
  const row = database.prepare(sql).get()
  database.close()
  return { ...row } as Row
}

async function databaseFile(dataDir: string): Promise<string> {
  const names = await readdir(dataDir)
  const name = names.find((entry) => /\.(db|sqlite3?)$/.test(entry))
  if (name === undefined) throw new Error(`There is no database in ${names.join(', ')}`)
  return join(dataDir, name)
}

export async function rootOf(dataDir: string): Promise<Root> {
  const file = join(dataDir, 'secrets/master.key')
  await readFile(file)
  const loaded = await loadRoot({ masterKey: null, file, disk: rootDisk, randomBytes, mayCreate: false })
  if (!loaded.ok) throw new Error(loaded.message)
  return loaded.root
}

/**
 * Argon2id with 8 KiB instead of 19 MiB. Its parameters stand in the PHC string, so the product checks these keys by
 * the same code on the same path, and ten thousand of them cost a second instead of minutes.
 */
async function cheapHash(token: string, pepper: Buffer, pepperId: string) {
  const cost = { memoryCost: 8, timeCost: 1, parallelism: 1, outputLen: 32 }
  return { phc: await hash(token, { ...cost, secret: pepper }), gate: gateOf(token, pepper), pepperId }
}

export type KeyPlan = {
  readonly organization: string
  readonly owner: string
  readonly name: string
  readonly servers: string[] | 'all'
}

export async function seedKeys(
  store: Store,
  root: Root,
  plan: KeyPlan,
  count: number,
  cheap = true,
): Promise<Seeded[]> {
  const pepper = derive(root, 'pepper', plan.organization)
  const now = Date.now()
  const made = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const { id16, secret } = mint('k', randomBytes)
      const token = secret.reveal()
      const stored = await (cheap ? cheapHash : hashSecret)(token, pepper, root.id)
      return { id: `key_${id16}`, secret: token, name: count === 1 ? plan.name : `${plan.name} ${n}`, stored }
    }),
  )
  const servers = plan.servers === 'all' ? { mode: 'all' } : { mode: 'only', items: plan.servers }
  const scope = JSON.stringify({ mcp: { enabled: true, servers }, addresses: { mode: 'any' } })
  const keyRows = made.map(({ id, name }) => ({
    organization_id: plan.organization,
    id,
    token_kind: 'k',
    name,
    description: '',
    owner_type: 'member',
    owner_id: plan.owner,
    owner_name: 'Seeded owner',
    state: 'active',
    scope,
    created_at: now,
    created_by: plan.owner,
    revision: 1,
  }))
  const versionRows = made.map(({ id, stored }) => ({
    organization_id: plan.organization,
    key_id: id,
    version: 1,
    phc: stored.phc,
    gate: stored.gate,
    pepper_id: stored.pepperId,
    created_at: now,
  }))
  await insertRows(store, 'keys', keyRows)
  await insertRows(store, 'secret_versions', versionRows)
  return made.map(({ id, secret }) => ({ id, secret }))
}

/** A whole second tenant with everything that the first could try to reach. */
export type Tenant = {
  readonly organization: string
  readonly member: string
  readonly server: string
  readonly managementToken: string
  readonly managementTokenId: string
  readonly key: Seeded
}

export async function seedTenant(store: Store, root: Root, upstreamUrl: string, slug: string): Promise<Tenant> {
  const [organization, member, project, server] = ['org', 'mem', 'prj', 'srv'].map((kind) =>
    newId(kind, randomBytes),
  ) as [string, string, string, string]
  const now = Date.now()
  const shared = { created_at: now }
  await insertRows(store, 'organizations', [
    {
      id: organization,
      slug: 'second',
      name: 'Second',
      is_default: 0,
      max_staleness_seconds: 60,
      revision: 1,
      ...shared,
    },
  ])
  await insertRows(store, 'members', [
    {
      organization_id: organization,
      id: member,
      email: 'b@example.com',
      name: 'Second owner',
      role: 'owner',
      is_operator: 0,
      ...shared,
    },
  ])
  await insertRows(store, 'projects', [
    {
      organization_id: organization,
      id: project,
      slug: 'default',
      name: 'Default',
      tier: 'development',
      is_default: 1,
      ...shared,
    },
  ])
  await insertRows(store, 'servers', [
    {
      organization_id: organization,
      id: server,
      project_id: project,
      slug,
      name: 'Server of the second',
      state: 'active',
      transport: JSON.stringify({ type: 'http', url: upstreamUrl }),
      revision: 1,
      ...shared,
    },
  ])
  const { id16, secret } = mint('a', randomBytes)
  const token = await cheapHash(secret.reveal(), derive(root, 'pepper', organization), root.id)
  await insertRows(store, 'management_tokens', [
    {
      organization_id: organization,
      id: `mgt_${id16}`,
      member_id: member,
      name: 'second',
      scopes: JSON.stringify(['*']),
      phc: token.phc,
      gate: token.gate,
      pepper_id: token.pepperId,
      ...shared,
    },
  ])
  const [key] = await seedKeys(store, root, { organization, owner: member, name: 'of the second', servers: 'all' }, 1)
  if (!key) throw new Error('no key was made')
  return { organization, member, server, managementToken: secret.reveal(), managementTokenId: `mgt_${id16}`, key }
}
