import { type RawBuilder, sql } from 'kysely'
import type { Database, Db } from '../src/db/database.ts'

/** The same numbers in every run (mulberry32), so that two runs ask the same of the same rows. */
export function createDice(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (count: number): number => Math.floor(next() * count)
  return {
    next,
    below,
    one: <T>(of: readonly [T, ...T[]]): T => of[below(of.length)] ?? of[0],
    /** Few are drawn often, most hardly ever: as people have keys, and keys have calls. */
    skewed: (count: number): number => Math.floor(count * next() ** 3),
  }
}
export type Dice = ReturnType<typeof createDice>

/** What stands around the keys: ids that rows name. */
export type Seeded = {
  readonly organizationId: string
  readonly owners: readonly Owner[]
  readonly servers: readonly { readonly id: string; readonly project: string }[]
  readonly now: number
}
type Owner = { readonly type: 'member' | 'team' | 'app'; readonly id: string; readonly name: string }

const dayMs = 86_400_000
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const idOf = (dice: Dice): string => `key_${Array.from({ length: 16 }, () => digits[dice.below(62)]).join('')}`

const stages = ['production', 'staging', 'development', 'sandbox'] as const
const users = [
  'billing',
  'search',
  'checkout',
  'support',
  'data',
  'mobile',
  'partner',
  'ops',
  'risk',
  'growth',
] as const
const parts = ['api', 'worker', 'agent', 'importer', 'notebook', 'pipeline', 'bot', 'webhook', 'cron', 'cli'] as const
export const tags = Array.from({ length: 60 }, (_, n) => `tag-${n}`)

/** By place, as `insertRows` takes them apart again; short, because a million of them go through as JSON. */
type Row = readonly (string | number | null | readonly string[])[]

function rowOf(n: number, dice: Dice, { owners, servers, now }: Seeded): Row {
  const owner = owners[dice.skewed(owners.length)] ?? owners[0]
  const made = now - dice.below(900 * dayMs)
  const state = dice.next() < 0.8 ? 'active' : dice.one(['suspended', 'revoked', 'revoked', 'deleted'] as const)
  const ends = dice.next() < 0.5 ? null : now + dice.below(400 * dayMs) - 100 * dayMs
  const isUsed = dice.next() < 0.6
  const server = servers[dice.below(servers.length)] ?? { id: '', project: '' }
  const mode = dice.one(['all', 'only', 'only', 'except'] as const)
  const items = mode === 'all' ? {} : { items: [server.id] }
  const scope = {
    projects: [server.project],
    mixedEnvironments: null,
    mcp: {
      enabled: true,
      servers: { mode, ...items },
      tools: { [server.id]: { mode: 'only', items: ['search', 'read', 'list', 'create', 'comment'] } },
      toolsDefault: { mode: 'all' },
    },
    llm: { enabled: true, providers: { mode: 'all' }, models: { mode: 'all' } },
    addresses: { mode: 'only', cidrs: ['10.0.0.0/8', '192.168.0.0/16', '2001:db8::/32'] },
    gateways: { mode: 'all' },
  }
  const name = `${dice.one(stages)} ${dice.one(users)} ${dice.one(parts)} ${String(n).padStart(7, '0')}`
  const worn = [...new Set(Array.from({ length: dice.below(4) }, () => tags[dice.skewed(tags.length)] ?? ''))]
  return [
    idOf(dice),
    name,
    owner?.type ?? '',
    owner?.id ?? '',
    owner?.name ?? '',
    state,
    ends,
    made,
    isUsed ? dice.skewed(1_000_000) : 0,
    isUsed ? made + dice.below(now - made) : null,
    mode,
    JSON.stringify(scope),
    JSON.stringify(worn),
    worn,
    mode === 'all' || state === 'deleted' ? [] : [server.id],
    scope.projects[0] ?? '',
  ]
}

/** Each store's words for the rows of a JSON text, and for the texts in a member of one. */
const words = {
  sqlite: {
    rows: (text: string): RawBuilder<unknown> => sql`json_each(${text}) as r`,
    list: (at: number): RawBuilder<unknown> => sql`json_each(r.value -> ${sql.lit(at)}) as item`,
    item: sql`item.value`,
  },
  postgres: {
    rows: (text: string): RawBuilder<unknown> => sql`jsonb_array_elements(cast(${text} as jsonb)) as r(value)`,
    list: (at: number): RawBuilder<unknown> => sql`jsonb_array_elements_text(r.value -> ${sql.lit(at)}) as item(value)`,
    item: sql`item.value`,
  },
} as const

async function insertRows(db: Db, dialect: Database['dialect'], organizationId: string, rows: readonly Row[]) {
  const { rows: from, list, item } = words[dialect]
  const text = JSON.stringify(rows)
  const of = (at: number) => sql`r.value ->> ${sql.lit(at)}`
  const number = (at: number) => sql`cast(${of(at)} as bigint)`
  await sql`insert into keys (organization_id, id, token_kind, name, description, owner_type, owner_id, owner_name, state,
      scope, expires_at, created_at, created_by, revision, tags, mcp_servers, requests, last_used_at, secret_made_at)
    select ${organizationId}, ${of(0)}, 'k', ${of(1)}, 'made for a measurement', ${of(2)}, ${of(3)}, ${of(4)}, ${of(5)},
      ${of(11)}, ${number(6)}, ${number(7)}, 'mem_0000000000000000', 1, ${of(12)}, ${of(10)}, ${number(8)}, ${number(9)},
      ${number(7)} from ${from(text)}`.execute(db)
  await sql`insert into secret_versions (organization_id, key_id, version, phc, gate, pepper_id, created_at)
    select ${organizationId}, ${of(0)}, 1, ${phc}, 1, 'root1', ${number(7)} from ${from(text)}`.execute(db)
  const live = sql`${of(5)} <> 'deleted'`
  await sql`insert into key_projects (organization_id, key_id, project_id)
    select ${organizationId}, ${of(0)}, ${of(15)} from ${from(text)} where ${live}`.execute(db)
  for (const [table, column, at] of [
    ['key_tags', 'tag', 13],
    ['key_servers', 'server_id', 14],
  ] as const)
    await sql`insert into ${sql.table(table)} (organization_id, ${sql.ref(column)}, key_id)
      select ${organizationId}, ${item}, ${of(0)} from ${from(text)}, ${list(at)} where ${live}`.execute(db)
}
const phc = `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`

/** Straight into the tables, and what each owner has been used for. Says how far it is. */
export async function insertKeys(
  database: Database,
  seeded: Seeded,
  count: number,
  say: (done: number) => void,
  perCommit = 500,
): Promise<void> {
  const { organizationId } = seeded
  const dice = createDice(1)
  const sums = new Map<string, number>()
  for (let from = 0; from < count; from += perCommit) {
    const rows = Array.from({ length: Math.min(perCommit, count - from) }, (_, at) => rowOf(from + at, dice, seeded))
    for (const row of rows)
      if (row[5] !== 'deleted') sums.set(String(row[3]), (sums.get(String(row[3])) ?? 0) + Number(row[8]))
    await database.system.transaction((db) => insertRows(db, database.dialect, organizationId, rows))
    say(from + rows.length)
  }
  const all = [...sums].map(([owner_id, requests]) => ({ organization_id: organizationId, owner_id, requests }))
  for (let from = 0; from < all.length; from += 1000)
    await database.system.transaction((db) =>
      db
        .insertInto('owner_requests')
        .values(all.slice(from, from + 1000))
        .execute(),
    )
}
