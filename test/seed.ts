import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hash } from '@node-rs/argon2'
import pg from 'pg'
import { derive, loadRoot, type Root } from '../src/credentials/root.ts'
import { rootDisk } from '../src/credentials/root-disk.ts'
import { gateOf, hashSecret } from '../src/keys/hash.ts'
import type { Choice, Scope } from '../src/keys/schema.ts'
import { mint } from '../src/keys/token.ts'
import type { Json, Product } from './product.ts'

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
  const servers: Choice = plan.servers === 'all' ? { mode: 'all' } : { mode: 'only', items: plan.servers }
  const project = await defaultProjectOf(store, plan.organization)
  const scope = JSON.stringify(scopeFor(project, servers))
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
  const projectRows = made.map(({ id }) => ({ organization_id: plan.organization, key_id: id, project_id: project }))
  await insertRows(store, 'key_projects', projectRows)
  return made.map(({ id, secret }) => ({ id, secret }))
}

async function defaultProjectOf(store: Store, organization: string): Promise<string> {
  const { id } = await firstRow(
    store,
    `select id from projects where organization_id = '${organization}' and is_default = 1`,
  )
  if (typeof id !== 'string') throw new Error(`${organization} has no default project`)
  return id
}

const scopeFor = (project: string, servers: Choice): Scope => ({
  projects: [project],
  mixedEnvironments: null,
  mcp: { enabled: true, servers, tools: {}, toolsDefault: { mode: 'all' } },
  llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } },
  addresses: { mode: 'any' },
  gateways: { mode: 'all' },
})

/** A whole second tenant with everything that the first could try to reach. */
export type Tenant = {
  readonly organization: string
  readonly member: string
  readonly project: string
  readonly catalog: string
  readonly team: string
  readonly provider: string
  readonly server: string
  readonly managementToken: string
  readonly managementTokenId: string
  readonly key: Seeded
  readonly app: { readonly id: string; readonly key: Seeded }
}

/** Founded as an operator does it, set up as its owner does it. */
export async function addTenant({ rest }: Pick<Product, 'rest'>, upstreamUrl: string, slug: string): Promise<Tenant> {
  const made = async (path: string, body: Json, token?: string): Promise<Json> => {
    const answer = await rest('POST', path, body, token === undefined ? {} : { authorization: `Bearer ${token}` })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  const owner = { email: 'b@example.com', name: 'Second owner' }
  const { organization, setupUrl } = await made('/organizations', { slug: 'second', name: 'Second', owner })
  const { managementToken, secret } = await made('/setup', { code: new URL(setupUrl).hash.slice(1) })
  const theirs = (path: string, body: Json) => made(path, body, secret)
  const { team } = await theirs('/teams', { slug, members: [managementToken.member] })
  const { server } = await theirs('/servers', { slug, transport: { type: 'http', url: upstreamUrl } })
  const provider = { slug, dialect: 'openai', baseUrl: upstreamUrl, models: [{ id: 'theirs' }] }
  const offered = (await theirs('/providers', provider)).provider
  const { catalog } = await theirs('/catalogs', { slug, servers: [server.id], audience: { teams: [team.id] } })
  const key = await theirs('/keys', { name: 'of the second', mcp: { servers: { mode: 'all' } } })
  const app = await theirs('/apps', { name: 'App of the second', slug, toolsDefault: { mode: 'all' } })
  return {
    organization: organization.id,
    member: managementToken.member,
    project: server.project,
    catalog: catalog.id,
    team: team.id,
    provider: offered.id,
    server: server.id,
    managementToken: secret,
    managementTokenId: managementToken.id,
    key: { id: key.key.id, secret: key.secret },
    app: { id: app.app.id, key: { id: app.key.id, secret: app.secret } },
  }
}
