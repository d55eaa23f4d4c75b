import { sql } from 'kysely'
import { z } from 'zod'
import type { Db } from '../../db/database.ts'
import { SecretVersion, type StoredSecret } from '../../keys/schema.ts'
import type { Role } from '../schema.ts'

export type ManagementToken = {
  readonly organizationId: string
  readonly id: string
  readonly memberId: string
  readonly name: string
  readonly scopes: readonly string[]
  /** Made by an operator, or by the setup of one: only such a token stands above organizations. */
  readonly carriesOperator: boolean
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
  readonly revokedAt: number | null
}

const tokenColumns = [
  'management_tokens.organization_id',
  'management_tokens.id',
  'management_tokens.member_id',
  'management_tokens.name',
  'management_tokens.scopes',
  'management_tokens.carries_operator',
  'management_tokens.created_at',
  'management_tokens.expires_at',
  'management_tokens.last_used_at',
  'management_tokens.revoked_at',
] as const
const Scopes = z.array(z.string())

export async function insertManagementToken(
  db: Db,
  organizationId: string,
  token: Omit<ManagementToken, 'organizationId' | 'lastUsedAt' | 'revokedAt'>,
  stored: StoredSecret,
): Promise<void> {
  await db
    .insertInto('management_tokens')
    .values({
      organization_id: organizationId,
      id: token.id,
      member_id: token.memberId,
      name: token.name,
      scopes: JSON.stringify(token.scopes),
      carries_operator: token.carriesOperator ? 1 : 0,
      phc: stored.phc,
      gate: stored.gate,
      pepper_id: stored.pepperId,
      created_at: token.createdAt,
      expires_at: token.expiresAt,
      revoked_at: null,
    })
    .execute()
}

export type SignIn = {
  readonly token: ManagementToken
  readonly member: { readonly id: string; readonly name: string; readonly role: Role; readonly isOperator: boolean }
  readonly version: SecretVersion
}

/**
 * Over all organizations, as the token says which one it belongs to. Its member's rights are read with it, live; of a
 * member who was removed there is no token any more.
 */
export async function signInByTokenId(db: Db, id: string): Promise<SignIn | null> {
  const row = await db
    .selectFrom('management_tokens')
    .innerJoin('members', (join) =>
      join
        .onRef('members.organization_id', '=', 'management_tokens.organization_id')
        .onRef('members.id', '=', 'management_tokens.member_id'),
    )
    .select([
      ...tokenColumns,
      'management_tokens.phc',
      'management_tokens.gate',
      'management_tokens.pepper_id',
      'members.name as member_name',
      'members.role',
      'members.is_operator',
    ])
    .where('management_tokens.id', '=', id)
    .where('members.state', '=', 'active')
    .executeTakeFirst()
  if (!row) return null
  const { phc, gate, pepper_id: pepperId } = row
  return {
    token: tokenOf(row),
    member: { id: row.member_id, name: row.member_name, role: row.role, isOperator: row.is_operator === 1 },
    version: SecretVersion.parse({ phc, gate, pepperId, version: 1, validUntil: null }),
  }
}

export async function findManagementToken(db: Db, organizationId: string, id: string): Promise<ManagementToken | null> {
  const row = await db
    .selectFrom('management_tokens')
    .select(tokenColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? tokenOf(row) : null
}

/** Newest first; of one member, or of all when `memberId` is null. */
export async function listManagementTokens(
  db: Db,
  organizationId: string,
  page: { readonly memberId: string | null; readonly after: readonly [number, string] | null; readonly limit: number },
): Promise<ManagementToken[]> {
  const { memberId, after, limit } = page
  const rows = await db
    .selectFrom('management_tokens')
    .select(tokenColumns)
    .where('organization_id', '=', organizationId)
    .$if(memberId !== null, (query) => query.where('member_id', '=', memberId ?? ''))
    .$if(after !== null, (query) =>
      query.where((is) =>
        is.or([
          is('created_at', '<', after?.[0] ?? 0),
          is.and([is('created_at', '=', after?.[0] ?? 0), is('id', '<', after?.[1] ?? '')]),
        ]),
      ),
    )
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(tokenOf)
}

export async function countManagementTokens(db: Db, organizationId: string, memberId: string | null): Promise<number> {
  const { total } = await db
    .selectFrom('management_tokens')
    .select((is) => is.fn.countAll().as('total'))
    .where('organization_id', '=', organizationId)
    .$if(memberId !== null, (query) => query.where('member_id', '=', memberId ?? ''))
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** False when it was revoked already. */
export async function markTokenRevoked(db: Db, organizationId: string, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('management_tokens')
    .set({ revoked_at: at })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export type TokenUse = { readonly organizationId: string; readonly id: string; readonly at: number }

/** Over all organizations, in one statement. Never back: another control may have seen a later use. */
export async function writeLastUsed(db: Db, uses: readonly TokenUse[]): Promise<void> {
  const values = uses.map(({ organizationId, id, at }) => sql`(${organizationId}, ${id}, cast(${at} as bigint))`)
  await sql`update management_tokens set last_used_at = used.column3
    from (values ${sql.join(values)}) as used
    where management_tokens.organization_id = used.column1 and management_tokens.id = used.column2
    and (last_used_at is null or last_used_at < used.column3)`.execute(db)
}

function tokenOf(row: {
  organization_id: string
  id: string
  member_id: string
  name: string
  scopes: string
  carries_operator: number
  created_at: number
  expires_at: number | null
  last_used_at: number | null
  revoked_at: number | null
}): ManagementToken {
  return {
    organizationId: row.organization_id,
    id: row.id,
    memberId: row.member_id,
    name: row.name,
    scopes: Scopes.parse(JSON.parse(row.scopes)),
    carriesOperator: row.carries_operator === 1,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  }
}
