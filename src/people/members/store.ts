import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { searchPattern } from '../../db/search.ts'
import { countedTo } from '../../http/lists.ts'
import type { Role } from '../schema.ts'
import { type Member, memberColumns, memberOf } from '../store.ts'

/** False when somebody else has changed it since `member.revision - 1` was read, or has removed him. */
export async function updateMemberRow(
  db: Db,
  organizationId: string,
  member: Member,
  state: 'active' | 'removed' = 'active',
): Promise<boolean> {
  const { name, role, isOperator, revision } = member
  const { numUpdatedRows } = await db
    .updateTable('members')
    .set({ name, role, is_operator: isOperator ? 1 : 0, state, revision })
    .where('organization_id', '=', organizationId)
    .where('id', '=', member.id)
    .where('state', '=', 'active')
    .where('revision', '=', revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Counts who would be left without this one. Holds only as long as nobody changes people (`holdPeople`). */
export async function hasOtherOwner(db: Db, organizationId: string, memberId: string): Promise<boolean> {
  const other = await db
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'owner')
    .where('state', '=', 'active')
    .where('id', '!=', memberId)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

/** Over all organizations, so as system; holds after `holdOperators`. */
export async function hasOtherOperator(db: Db, memberId: string): Promise<boolean> {
  const other = await db
    .selectFrom('members')
    .select('id')
    .where('is_operator', '=', 1)
    .where('state', '=', 'active')
    .where('id', '!=', memberId)
    .limit(1)
    .executeTakeFirst()
  return other !== undefined
}

const atOnce = 500

/** Those of the ids that belong to the organization now. */
export async function liveMembers(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, Member>> {
  const found = new Map<string, Member>()
  for (let at = 0; at < ids.length; at += atOnce) {
    const rows = await db
      .selectFrom('members')
      .select(memberColumns)
      .where('organization_id', '=', organizationId)
      .where('state', '=', 'active')
      .where('id', 'in', ids.slice(at, at + atOnce))
      .execute()
    for (const row of rows) found.set(row.id, memberOf(row))
  }
  return found
}

/** For the names beside ids, also of those who were removed. */
export async function memberNames(
  db: Db,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let at = 0; at < ids.length; at += atOnce) {
    const rows = await db
      .selectFrom('members')
      .select(['id', 'name'])
      .where('organization_id', '=', organizationId)
      .where('id', 'in', ids.slice(at, at + atOnce))
      .execute()
    for (const { id, name } of rows) found.set(id, name)
  }
  return found
}

export type MemberFilter = {
  /** Only this one; null: all. */
  readonly only: string | null
  readonly search: string | undefined
  readonly role: Role | undefined
}
type Page = MemberFilter & { readonly after: { readonly name: string; readonly id: string } | null; limit: number }

/** By name. */
export async function listMembers(db: Db, organizationId: string, page: Page): Promise<Member[]> {
  const { after } = page
  const rows = await db
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', organizationId)
    .where(matching(page))
    .$if(after !== null, (query) => query.where(sql<SqlBool>`(name, id) > (${after?.name ?? ''}, ${after?.id ?? ''})`))
    .orderBy('name')
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(memberOf)
}

export async function countMembers(db: Db, organizationId: string, filter: MemberFilter): Promise<number> {
  const rows = db
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where(matching(filter))
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

function matching({ only, search, role }: MemberFilter): RawBuilder<SqlBool> {
  const parts = [sql`state = 'active'`]
  if (only !== null) parts.push(sql`id = ${only}`)
  if (role !== undefined) parts.push(sql`role = ${role}`)
  if (search !== undefined) {
    const pattern = searchPattern(search)
    parts.push(sql`(lower(name) like ${pattern} escape '\\' or email like ${pattern} escape '\\')`)
  }
  return sql<SqlBool>`${sql.join(parts, sql` and `)}`
}

export type Place = { readonly organization: string; readonly id: string }

/** Live ones in the order of the primary key; of one organization, or of all (as system) when it is null. */
export async function membersAfter(
  db: Db,
  organizationId: string | null,
  after: Place | null,
  limit: number,
): Promise<{ organizationId: string; member: Member }[]> {
  const rows = await db
    .selectFrom('members')
    .select(['organization_id', ...memberColumns])
    .where('state', '=', 'active')
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(organization_id, id) > (${after?.organization ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ organizationId: row.organization_id, member: memberOf(row) }))
}
