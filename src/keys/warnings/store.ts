import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { KeyPolicies } from '../../people/policies/schema.ts'
import { policiesFor } from '../../people/policies/tiers.ts'
import { policiesOf } from '../../people/store.ts'
import { Tier } from '../../projects/schema.ts'
import type { Window } from './reached.ts'

export type Kind = 'expiry' | 'rotation'

/** A live key whose time is near. */
export type NearKey = {
  readonly organizationId: string
  readonly id: string
  readonly name: string
  readonly dueAt: number
  readonly createdAt: number
  readonly secretMadeAt: number | null
  readonly rotationDueAt: number | null
  readonly expiresAt: number | null
  readonly isWarned: boolean
  readonly tiers: readonly Tier[]
}

/** Where due times come from: an index of the table, by this column. */
export type Source = {
  readonly kind: Kind
  readonly column: 'expires_at' | 'rotation_due_at' | 'secret_made_at'
  /** What is due is so much later than the column says. */
  readonly laterMs: number
  /** Of one organization; null: of all. */
  readonly organizationId: string | null
}
type Page = {
  readonly day: number
  /** Due times. */
  readonly after: number
  readonly upTo: number
  /** The last key of the page before. */
  readonly behind: Pick<NearKey, 'dueAt' | 'id'> | null
  readonly limit: number
}

/** By their due time; whether they have been told of is looked up and not left out, so that a page costs what it says. */
export async function nearKeys(db: Db, source: Source, page: Page): Promise<NearKey[]> {
  const rows = await nearQuery(db, source, page).execute()
  const tiers = source.kind === 'rotation' ? await tiersOfKeys(db, rows) : new Map<string, Tier[]>()
  return rows.map((row) => ({
    tiers: tiers.get(row.id) ?? [],
    organizationId: row.organization_id,
    id: row.id,
    name: row.name,
    dueAt: row.due_at,
    createdAt: row.created_at,
    secretMadeAt: row.secret_made_at,
    rotationDueAt: row.rotation_due_at,
    expiresAt: row.expires_at,
    isWarned: row.told_at !== null,
  }))
}

/** One index from place to place, however many keys there are. */
export function nearQuery(db: Db, { kind, column, laterMs, organizationId }: Source, page: Page) {
  const place = sql.ref<number>(`keys.${column}`)
  const due = sql<number>`${place} + cast(${laterMs} as bigint)`
  const { behind } = page
  return (
    db
      .selectFrom('keys')
      .select(columns)
      .select(due.as('due_at'))
      .select((is) =>
        is
          .selectFrom('key_warnings as told')
          .select('told.at')
          .whereRef('told.organization_id', '=', 'keys.organization_id')
          .whereRef('told.key_id', '=', 'keys.id')
          .where('told.kind', '=', kind)
          .where('told.due_at', '=', due)
          .where('told.days', '=', page.day)
          .as('told_at'),
      )
      .$if(organizationId !== null, (query) => query.where('keys.organization_id', '=', organizationId ?? ''))
      .where(place, '>=', (behind?.dueAt ?? page.after + 1) - laterMs)
      .where(place, '<=', page.upTo - laterMs)
      .$if(behind !== null, (query) =>
        query.where(
          sql<SqlBool>`(${place}, keys.id) > (cast(${(behind?.dueAt ?? 0) - laterMs} as bigint), ${behind?.id})`,
        ),
      )
      // Automatic where a webhook is named: that is rotated, and not spoken of.
      .$if(column === 'rotation_due_at', (query) => query.where('keys.rotation', 'like', '%"deliverTo":null%'))
      .where('keys.state', 'in', ['active', 'suspended'])
      .where('keys.honey', '=', 0)
      .orderBy(place)
      .orderBy('keys.id')
      .limit(page.limit)
  )
}
const columns = [
  'keys.organization_id',
  'keys.id',
  'keys.name',
  'keys.created_at',
  'keys.secret_made_at',
  'keys.rotation_due_at',
  'keys.expires_at',
] as const

export type Told = { readonly kind: Kind; readonly days: number; readonly at: number }

/** Keys of which that had not been said, by id; of all others somebody else has told. */
export async function insertWarnings(
  db: Db,
  keys: readonly Pick<NearKey, 'organizationId' | 'id' | 'dueAt'>[],
  { kind, days, at }: Told,
): Promise<Set<string>> {
  const rows = keys.map(({ organizationId, id, dueAt }) => ({
    organization_id: organizationId,
    key_id: id,
    kind,
    due_at: dueAt,
    days,
    at,
  }))
  const inserted = await db
    .insertInto('key_warnings')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('key_id')
    .execute()
  return new Set(inserted.map(({ key_id }) => key_id))
}

/** Of organizations whose policies ask for newer secrets, anywhere. */
export async function agePolicies(db: Db): Promise<Map<string, KeyPolicies>> {
  const rows = await db.selectFrom('organizations').select(['id', 'policies']).orderBy('id').execute()
  // Most say the same, so few are read.
  const read = new Map<string, KeyPolicies>()
  const all = rows.map(({ id, policies: text }) => {
    const policies = read.get(text) ?? policiesOf(text)
    read.set(text, policies)
    return [id, policies] as const
  })
  return new Map(all.filter(([, policies]) => daysIn(policies).length > 0))
}

/**
 * Ids of organizations that have keys whose secrets are due within any of the windows: one place of an index for each, in
 * one question, so that thousands without such keys cost next to nothing.
 */
export async function organizationsWithin(db: Db, laterMs: number, windows: readonly Window[]): Promise<Set<string>> {
  const place = sql.ref<number>('keys.secret_made_at')
  const within = windows.map(
    ({ after, upTo }) => sql<SqlBool>`(select 1 from keys where keys.organization_id = organizations.id
      and ${place} is not null and ${place} > ${after - laterMs} and ${place} <= ${upTo - laterMs} limit 1) is not null`,
  )
  const rows = await db
    .selectFrom('organizations')
    .select('id')
    .where((is) => is.or(within))
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Pure: each number of days that is asked for somewhere. */
export const daysIn = (policies: KeyPolicies): readonly number[] => [
  ...new Set([null, ...Tier.options].flatMap((place) => policiesFor(policies, place).maxAgeDays ?? [])),
]

/** By key id, tiers of the projects that are there. */
async function tiersOfKeys(db: Db, keys: readonly { readonly id: string }[]): Promise<Map<string, Tier[]>> {
  if (keys.length === 0) return new Map()
  const rows = await db
    .selectFrom('key_projects')
    .innerJoin('projects', (on) =>
      on
        .onRef('projects.organization_id', '=', 'key_projects.organization_id')
        .onRef('projects.id', '=', 'key_projects.project_id'),
    )
    .select(['key_projects.key_id', 'projects.tier'])
    .where(
      'key_projects.key_id',
      'in',
      keys.map(({ id }) => id),
    )
    .where('projects.state', '=', 'active')
    .execute()
  const byKey = Map.groupBy(rows, ({ key_id }) => key_id)
  return new Map([...byKey].map(([id, found]) => [id, found.map(({ tier }) => tier)]))
}

/**
 * Up to 200 of what was due before then and is no more: the key has ended, or has a newer secret. Answers whether there
 * may be more.
 */
export async function forgetWarnings(db: Db, before: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('key_warnings')
    .where(({ eb, refTuple, selectFrom }) =>
      eb(
        refTuple('organization_id', 'key_id', 'kind', 'due_at', 'days'),
        'in',
        selectFrom('key_warnings as told')
          .innerJoin('keys', (join) =>
            join.onRef('keys.organization_id', '=', 'told.organization_id').onRef('keys.id', '=', 'told.key_id'),
          )
          .select(['told.organization_id', 'told.key_id', 'told.kind', 'told.due_at', 'told.days'])
          .where('told.due_at', '<', before)
          .where((is) =>
            is.or([
              is('told.kind', '=', 'expiry'),
              is('keys.secret_made_at', '>', is.ref('told.due_at')),
              is('keys.state', 'in', ['revoked', 'deleted']),
            ]),
          )
          .limit(200)
          .$asTuple('organization_id', 'key_id', 'kind', 'due_at', 'days'),
      ),
    )
    .executeTakeFirst()
  return numDeletedRows === 200n
}
