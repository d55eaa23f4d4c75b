import type { Db } from '../db/database.ts'
import { type KeyLimits, type Target, TargetType } from './schema.ts'

/** A limit's row. `target.name`: of a tool or model, else null. */
export type Limit = KeyLimits & {
  readonly organizationId: string
  readonly id: string
  readonly target: Target
  readonly state: 'active' | 'deleted'
  readonly createdAt: number
  readonly createdBy: string
  readonly revision: number
}

const columns = [
  'organization_id',
  'id',
  'target_type',
  'target_id',
  'target_name',
  'requests_per_minute',
  'tokens_per_minute',
  'concurrent',
  'streams',
  'detached',
  'state',
  'created_at',
  'created_by',
  'revision',
] as const

type Row = {
  readonly organization_id: string
  readonly id: string
  readonly target_type: string
  readonly target_id: string
  readonly target_name: string
  readonly requests_per_minute: number | null
  readonly tokens_per_minute: number | null
  readonly concurrent: number | null
  readonly streams: number | null
  readonly detached: 'share' | 'closed'
  readonly state: 'active' | 'deleted'
  readonly created_at: number
  readonly created_by: string
  readonly revision: number
}

/** How many were written: one fewer for each whose target has a live limit already. */
export async function insertLimits(db: Db, organizationId: string, limits: readonly Limit[]): Promise<number> {
  let written = 0
  for (let at = 0; at < limits.length; at += 100) {
    const rows = await db
      .insertInto('limits')
      .values(limits.slice(at, at + 100).map((limit) => rowOf(organizationId, limit)))
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    written += rows.length
  }
  return written
}

const rowOf = (organizationId: string, limit: Limit) => ({
  organization_id: organizationId,
  id: limit.id,
  target_type: limit.target.type,
  target_id: limit.target.id,
  target_name: limit.target.name ?? '',
  created_at: limit.createdAt,
  created_by: limit.createdBy,
  ...changeable(limit),
})

/** False when somebody else has changed it since `limit.revision - 1` was read. */
export async function writeLimit(db: Db, organizationId: string, limit: Limit): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('limits')
    .set(changeable(limit))
    .where('organization_id', '=', organizationId)
    .where('id', '=', limit.id)
    .where('revision', '=', limit.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

const changeable = (limit: Limit) => ({
  requests_per_minute: limit.requestsPerMinute,
  tokens_per_minute: limit.tokensPerMinute,
  concurrent: limit.concurrent,
  streams: limit.streams,
  detached: limit.detached,
  state: limit.state,
  revision: limit.revision,
})

/** Deleted ones as well, so that gateways learn that they went. */
export async function anyLimit(db: Db, organizationId: string, id: string): Promise<Limit | null> {
  const row = await db
    .selectFrom('limits')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? limitOf(row) : null
}

export async function findLimit(db: Db, organizationId: string, id: string): Promise<Limit | null> {
  const limit = await anyLimit(db, organizationId, id)
  return limit?.state === 'active' ? limit : null
}

const live = (db: Db, organizationId: string) =>
  db.selectFrom('limits').select(columns).where('organization_id', '=', organizationId).where('state', '=', 'active')

/** Live ones with these ids, of whatever target; at most 500 ids. */
export async function limitsById(db: Db, organizationId: string, ids: readonly string[]): Promise<Limit[]> {
  if (ids.length === 0) return []
  const rows = await live(db, organizationId).where('id', 'in', ids).execute()
  return rows.map(limitOf)
}

/** Live ones about these things; of a server its tools' as well where both types are asked for. */
export async function limitsAbout(
  db: Db,
  organizationId: string,
  types: readonly TargetType[],
  ids: readonly string[],
): Promise<Limit[]> {
  const found: Limit[] = []
  for (let at = 0; at < ids.length; at += 500) {
    const rows = await live(db, organizationId)
      .where('target_type', 'in', types)
      .where('target_id', 'in', ids.slice(at, at + 500))
      .orderBy('id')
      .execute()
    found.push(...rows.map(limitOf))
  }
  return found
}

export type Narrowing = {
  readonly type?: TargetType | undefined
  readonly target?: string | undefined
  readonly id?: string | undefined
  /** Owners (members, teams, apps) whose limits, and those of whose keys, there are for whoever asks; null: all. */
  readonly within: readonly string[] | null
}
export type Page = Narrowing & { readonly after: string | null; readonly limit: number }

/** Live ones by id. */
export async function listLimits(db: Db, organizationId: string, page: Page): Promise<Limit[]> {
  const rows = await narrowed(db, organizationId, page)
    .select(columns)
    .$if(page.after !== null, (query) => query.where('id', '>', page.after ?? ''))
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(limitOf)
}

export async function countLimits(db: Db, organizationId: string, narrowing: Narrowing): Promise<number> {
  const { count } = await narrowed(db, organizationId, narrowing)
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A key is its owner's. Ids of one kind look like no other's, so those of owners need no type beside them. */
const narrowed = (db: Db, organizationId: string, { id, type, target, within }: Narrowing) =>
  db
    .selectFrom('limits')
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .$if(type !== undefined, (query) => query.where('target_type', '=', type ?? ''))
    .$if(target !== undefined, (query) => query.where('target_id', '=', target ?? ''))
    .$if(within !== null, (query) =>
      query.where((is) =>
        is.or([
          is('target_id', 'in', within ?? []),
          is.and([
            is('target_type', '=', 'key'),
            is.exists(
              is
                .selectFrom('keys')
                .select('keys.id')
                .where('keys.organization_id', '=', organizationId)
                .whereRef('keys.id', '=', 'limits.target_id')
                .where('keys.owner_id', 'in', within ?? []),
            ),
          ]),
        ]),
      ),
    )

/** By id, whatever their state but deleted. */
export async function keysCalled(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, { readonly name: string }>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('keys')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('state', '!=', 'deleted')
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(({ id, name }) => [id, { name }]))
}

export type LimitPlace = { readonly organization: string; readonly id: string }

/** Live ones of one organization, or of all (as `ostiary_system`) when it is null; by organization and id. */
export async function limitsAfter(
  db: Db,
  organizationId: string | null,
  after: LimitPlace | null,
  limit: number,
): Promise<Limit[]> {
  const rows = await db
    .selectFrom('limits')
    .select(columns)
    .where('state', '=', 'active')
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('organization_id', 'id'), '>', tuple(after?.organization ?? '', after?.id ?? '')),
      ),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(limitOf)
}

/** One row as the schema says it. The type of its target was checked when it was written. */
export const limitOf = (row: Row): Limit => ({
  organizationId: row.organization_id,
  id: row.id,
  target: {
    type: TargetType.parse(row.target_type),
    id: row.target_id,
    name: row.target_name === '' ? null : row.target_name,
  },
  requestsPerMinute: row.requests_per_minute,
  tokensPerMinute: row.tokens_per_minute,
  concurrent: row.concurrent,
  streams: row.streams,
  detached: row.detached,
  state: row.state,
  createdAt: row.created_at,
  createdBy: row.created_by,
  revision: row.revision,
})
