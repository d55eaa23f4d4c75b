import { type SqlBool, sql } from 'kysely'
import { type ChildRecord, Narrow } from '../../access/narrow/schema.ts'
import type { Db } from '../../db/database.ts'
import { countedTo } from '../../http/lists.ts'
import type { RecordPlace } from '../records/store.ts'
import { type Child, deepest } from './standing.ts'

/** A child as control knows it: what its token says, and what the token cannot know. */
export type StoredChild = {
  readonly id: string
  readonly key: string
  /** The child that it was made of; null: the key itself. */
  readonly parent: string | null
  /** 1 for a child of the key itself. */
  readonly depth: number
  /** Its own; what its ancestors were cut to stands with them. */
  readonly narrow: Narrow
  readonly version: number
  readonly epoch: number
  readonly issuedAt: number
  readonly issuedBy: string
  readonly expiresAt: number
  readonly revokedAt: number | null
  readonly revision: number
}

const columns = [
  'id',
  'key_id',
  'parent_id',
  'depth',
  'narrow',
  'version',
  'epoch',
  'issued_at',
  'issued_by',
  'expires_at',
  'revoked_at',
  'revision',
] as const

export async function insertChild(db: Db, organizationId: string, child: StoredChild): Promise<void> {
  await db
    .insertInto('children')
    .values({
      organization_id: organizationId,
      id: child.id,
      key_id: child.key,
      parent_id: child.parent,
      depth: child.depth,
      narrow: JSON.stringify(child.narrow),
      version: child.version,
      epoch: child.epoch,
      issued_at: child.issuedAt,
      issued_by: child.issuedBy,
      expires_at: child.expiresAt,
      revoked_at: child.revokedAt,
      revision: child.revision,
    })
    .execute()
}

export async function findChild(db: Db, organizationId: string, id: string): Promise<StoredChild | null> {
  const row = await db
    .selectFrom('children')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? storedOf(row) : null
}

export type Ancestors = (child: StoredChild) => readonly StoredChild[]

/**
 * Those that each of these descends from, outermost first. One that is missing was swept away after its end, and then
 * what was made of it is over as well.
 */
export async function ancestorsOf(
  db: Db,
  organizationId: string,
  children: readonly StoredChild[],
): Promise<Ancestors> {
  const known = new Map(children.map((child) => [child.id, child]))
  for (let level = 1; level < deepest; level += 1) {
    const missing = new Set([...known.values()].flatMap(({ parent }) => parent ?? []).filter((id) => !known.has(id)))
    if (missing.size === 0) break
    for (const found of await findChildren(db, organizationId, [...missing])) known.set(found.id, found)
  }
  return (child) => {
    const above: StoredChild[] = []
    for (let { parent } = child; parent !== null && above.length < deepest; ) {
      const next = known.get(parent)
      if (next === undefined) break
      above.unshift(next)
      parent = next.parent
    }
    return above
  }
}

async function findChildren(db: Db, organizationId: string, ids: readonly string[]): Promise<StoredChild[]> {
  const rows = await db
    .selectFrom('children')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute()
  return rows.map(storedOf)
}

/** What the token of the child says. */
export const childOf = (child: StoredChild, ancestors: readonly StoredChild[]): Child => ({
  id: child.id,
  key: child.key,
  expiresAt: child.expiresAt,
  epoch: child.epoch,
  version: child.version,
  narrows: [...ancestors, child].map(({ narrow }) => narrow),
  ancestors: ancestors.map(({ id }) => id),
})

export const isRevokedWith = (child: StoredChild, ancestors: readonly StoredChild[]): boolean =>
  [child, ...ancestors].some(({ revokedAt }) => revokedAt !== null)

type Page = {
  readonly key: string
  readonly before: readonly [issuedAt: number, id: string] | null
  readonly limit: number
}

/** Newest first. */
export async function listChildren(
  db: Db,
  organizationId: string,
  { key, before, limit }: Page,
): Promise<StoredChild[]> {
  const rows = await db
    .selectFrom('children')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', key)
    .$if(before !== null, (query) =>
      query.where(sql<SqlBool>`(issued_at, id) < (cast(${before?.[0] ?? 0} as bigint), ${before?.[1] ?? ''})`),
    )
    .orderBy('issued_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(storedOf)
}

export async function countChildren(db: Db, organizationId: string, key: string): Promise<number> {
  const rows = db
    .selectFrom('children')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', key)
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Are there so many tokens of the key that are not over? Those that were revoked count until they would have been over. */
export async function hasLiveChildren(
  db: Db,
  organizationId: string,
  key: string,
  at: { readonly now: number; readonly many: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('children')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', key)
    .where('expires_at', '>', at.now)
    .orderBy('expires_at')
    .offset(at.many - 1)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** False: somebody else has ended it, and nothing was written. */
export async function endChild(db: Db, organizationId: string, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('children')
    .set((is) => ({ revoked_at: at, revision: is('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Of a child that was revoked before its time; null: it was not. */
export async function childRecord(db: Db, organizationId: string, id: string): Promise<ChildRecord | null> {
  const row = await db
    .selectFrom('children')
    .select(['organization_id', 'id', 'key_id', 'expires_at', 'revision'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revoked_at', 'is not', null)
    .executeTakeFirst()
  return row ? recordOf(row) : null
}

/** Those that were revoked and would not be over yet, of one organization or of all, by organization and id. */
export async function childRecords(
  db: Db,
  organizationId: string | null,
  after: RecordPlace | null,
  limit: number,
  now: number,
): Promise<ChildRecord[]> {
  const rows = await db
    .selectFrom('children')
    .select(['organization_id', 'id', 'key_id', 'expires_at', 'revision'])
    .where('revoked_at', 'is not', null)
    .where('expires_at', '>', now)
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(organization_id, id) > (${after?.organization ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(recordOf)
}

const sweptAtOnce = 200

/** At most 200 rows a piece; true while there may be more. Over all organizations: a job's query. */
export async function deleteChildrenBefore(db: Db, at: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('children')
    .where('id', 'in', (is) => is.selectFrom('children').select('id').where('expires_at', '<', at).limit(sweptAtOnce))
    .executeTakeFirst()
  return numDeletedRows === BigInt(sweptAtOnce)
}

type RecordRow = { organization_id: string; id: string; key_id: string; expires_at: number; revision: number }

const recordOf = (row: RecordRow): ChildRecord => ({
  kind: 'child',
  organization: row.organization_id,
  id: row.id,
  revision: row.revision,
  key: row.key_id,
  expiresAt: row.expires_at,
})

type Row = {
  id: string
  key_id: string
  parent_id: string | null
  depth: number
  narrow: string
  version: number
  epoch: number
  issued_at: number
  issued_by: string
  expires_at: number
  revoked_at: number | null
  revision: number
}

const storedOf = (row: Row): StoredChild => ({
  id: row.id,
  key: row.key_id,
  parent: row.parent_id,
  depth: row.depth,
  narrow: Narrow.parse(JSON.parse(row.narrow)),
  version: row.version,
  epoch: row.epoch,
  issuedAt: row.issued_at,
  issuedBy: row.issued_by,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
  revision: row.revision,
})

/** Before anything is known but the key that a secret names: for who has yet to prove it, as `ostiary_system`. */
export async function organizationOfKey(db: Db, keyId: string): Promise<{ id: string; slug: string } | null> {
  const row = await db
    .selectFrom('keys')
    .innerJoin('organizations', 'organizations.id', 'keys.organization_id')
    .select(['organizations.id', 'organizations.slug'])
    .where('keys.id', '=', keyId)
    .executeTakeFirst()
  return row ?? null
}
