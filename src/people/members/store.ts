import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { searchPattern } from '../../db/search.ts'
import { countedTo } from '../../http/lists.ts'
import type { MemberStatus, Role } from '../schema.ts'
import { type Member, memberColumns, memberOf } from '../store.ts'

/** Of the row: who was deactivated is of the organization, and who was removed is a name. */
export type Presence = {
  readonly state: 'active' | 'deactivated' | 'removed'
  readonly deactivatedAt: number | null
}
export type Person = Member & Presence
/** With what other tables know of his way in. */
export type Standing = Presence & { readonly isInvited: boolean; readonly lastSignInAt: number | null }

/** In whatever state; null: there never was one. */
export async function findPerson(db: Db, organizationId: string, id: string): Promise<Person | null> {
  const row = await db
    .selectFrom('members')
    .select([...memberColumns, 'state', 'deactivated_at'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? { ...memberOf(row), state: row.state, deactivatedAt: row.deactivated_at } : null
}

/**
 * Whether he is active, and from here to the end of the unit nobody deactivates or removes him: whoever makes something
 * that belongs to him takes this first. An update that changes nothing takes the row on PostgreSQL.
 */
export async function holdMember(db: Db, organizationId: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('members')
    .set((is) => ({ revision: is.ref('revision') }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False when somebody else has changed it since `member.revision - 1` was read, or has removed him. */
export async function updateMemberRow(
  db: Db,
  organizationId: string,
  member: Member,
  to: Presence | null = null,
): Promise<boolean> {
  const { name, role, isOperator, revision } = member
  const { numUpdatedRows } = await db
    .updateTable('members')
    .set({
      name,
      role,
      is_operator: isOperator ? 1 : 0,
      ...(to === null ? {} : { state: to.state, deactivated_at: to.deactivatedAt }),
      revision,
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', member.id)
    .where('state', '<>', 'removed')
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

/** Those of the ids that are of the organization, also who was deactivated: he stays where he stood. */
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
      .where('state', '<>', 'removed')
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
  readonly status: MemberStatus | undefined
}
type Page = MemberFilter & { readonly after: { readonly name: string; readonly id: string } | null; limit: number }

/** By name. */
export async function listMembers(db: Db, organizationId: string, page: Page): Promise<(Member & Standing)[]> {
  const { after } = page
  const rows = await db
    .selectFrom('members')
    .select([...memberColumns, 'state', 'deactivated_at', lastSignIn, invited])
    .where('organization_id', '=', organizationId)
    .where(matching(page))
    .$if(after !== null, (query) => query.where(sql<SqlBool>`(name, id) > (${after?.name ?? ''}, ${after?.id ?? ''})`))
    .orderBy('name')
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({
    ...memberOf(row),
    state: row.state,
    deactivatedAt: row.deactivated_at,
    isInvited: row.is_invited === 1,
    lastSignInAt: row.last_sign_in_at === null ? null : Number(row.last_sign_in_at),
  }))
}

/** As lists show him; null: there is none, or he was removed. */
export async function findShown(db: Db, organizationId: string, id: string): Promise<(Member & Standing) | null> {
  const anybody = { search: undefined, role: undefined, status: undefined, after: null, limit: 1 }
  const [found] = await listMembers(db, organizationId, { ...anybody, only: id })
  return found ?? null
}

const his = (table: string): RawBuilder<SqlBool> => {
  const [organization, member] = [sql.ref(`${table}.organization_id`), sql.ref(`${table}.member_id`)]
  return sql<SqlBool>`${organization} = members.organization_id and ${member} = members.id`
}

/** A link was made for him, and nothing else lets him in: no password, identity or token. */
const isInvited = sql<SqlBool>`(members.state = 'active'
  and exists (select 1 from invitations where ${his('invitations')} and accepted_at is null and withdrawn_at is null)
  and not exists (select 1 from sign_in_secrets where ${his('sign_in_secrets')}
    and (password_phc is not null or first_sign_in_at is not null))
  and not exists (select 1 from identities where ${his('identities')})
  and not exists (select 1 from management_tokens where ${his('management_tokens')}))`

const invited = sql<number>`case when ${isInvited} then 1 else 0 end`.as('is_invited')
const lastSignIn = sql<
  number | string | bigint | null
>`(select last_sign_in_at from sign_in_secrets where ${his('sign_in_secrets')})`.as('last_sign_in_at')

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

const statuses: Readonly<Record<MemberStatus, RawBuilder<SqlBool>>> = {
  invited: isInvited,
  active: sql<SqlBool>`members.state = 'active' and not ${isInvited}`,
  deactivated: sql<SqlBool>`members.state = 'deactivated'`,
}

function matching({ only, search, role, status }: MemberFilter): RawBuilder<SqlBool> {
  const parts = [sql`members.state <> 'removed'`]
  if (status !== undefined) parts.push(statuses[status])
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
