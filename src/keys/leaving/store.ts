import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { Owner } from '../schema.ts'

/** What a key whose owner left is suspended for. */
const ownerLeft = 'owner-left'

/** His own keys, and those of his own apps; a team's are not his. */
const personalKeys = (organizationId: string, memberId: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`keys.organization_id = ${organizationId} and (keys.owner_id = ${memberId} or keys.owner_id in (
    select id from apps where organization_id = ${organizationId} and owner_type = 'member' and owner_id = ${memberId}))`

export type Turned = { readonly id: string; readonly name: string; readonly owner: Owner & { readonly name: string } }

/** In one statement, so that none is forgotten that somebody makes meanwhile and that has committed before. */
export async function suspendPersonalKeys(db: Db, organizationId: string, memberId: string): Promise<Turned[]> {
  const rows = await db
    .updateTable('keys')
    .set((is) => ({ state: 'suspended', suspended_for: ownerLeft, revision: is('revision', '+', 1) }))
    .where(personalKeys(organizationId, memberId))
    .where('state', '=', 'active')
    .returning(turnedColumns)
    .execute()
  return rows.map(turnedOf)
}

/** Those that were suspended with him, and no others. */
export async function resumePersonalKeys(db: Db, organizationId: string, memberId: string): Promise<Turned[]> {
  const rows = await db
    .updateTable('keys')
    .set((is) => ({ state: 'active', suspended_for: null, revision: is('revision', '+', 1) }))
    .where(personalKeys(organizationId, memberId))
    .where('state', '=', 'suspended')
    .where('suspended_for', '=', ownerLeft)
    .returning(turnedColumns)
    .execute()
  return rows.map(turnedOf)
}

const turnedColumns = ['id', 'name', 'owner_type', 'owner_id', 'owner_name'] as const
type TurnedRow = {
  readonly id: string
  readonly name: string
  readonly owner_type: Owner['type']
  readonly owner_id: string
  readonly owner_name: string
}
const turnedOf = ({ id, name, owner_type, owner_id, owner_name }: TurnedRow): Turned => ({
  id,
  name,
  owner: { type: owner_type, id: owner_id, name: owner_name },
})

/** Links to secrets of his keys that nobody has used. */
export async function withdrawPersonalClaims(
  db: Db,
  organizationId: string,
  memberId: string,
  at: number,
): Promise<void> {
  await db
    .updateTable('key_claims')
    .set({ withdrawn_at: at })
    .where('organization_id', '=', organizationId)
    .where('used_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', at)
    .where((is) =>
      is('key_id', 'in', is.selectFrom('keys').select('keys.id').where(personalKeys(organizationId, memberId))),
    )
    .execute()
}

/** The member who was deactivated or removed and owns it, himself or through an app; null: it is in somebody's hands. */
export async function ownerAway(
  db: Db,
  organizationId: string,
  { type, id }: Pick<Owner, 'type' | 'id'>,
): Promise<{ readonly id: string; readonly name: string } | null> {
  const member = await memberBehind(db, organizationId, { type, id })
  if (member === null) return null
  const row = await db
    .selectFrom('members')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', member)
    .where('state', '<>', 'active')
    .executeTakeFirst()
  return row ?? null
}

/** With whose rights its keys act; null: a team's, or there is no such app. */
export async function memberBehind(
  db: Db,
  organizationId: string,
  { type, id }: Pick<Owner, 'type' | 'id'>,
): Promise<string | null> {
  if (type !== 'app') return type === 'member' ? id : null
  const row = await db
    .selectFrom('apps')
    .select('owner_id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('owner_type', '=', 'member')
    .executeTakeFirst()
  return row?.owner_id ?? null
}

export type Left = {
  readonly id: string
  readonly name: string
  readonly state: 'active' | 'suspended'
  readonly expiresAt: number | null
  readonly owner: Owner
}

/** What could be handed on: neither ended, nor a key that is one token and over with it. */
const transferable = (db: Db, organizationId: string, memberId: string) =>
  db
    .selectFrom('keys')
    .where(personalKeys(organizationId, memberId))
    .where('state', 'in', ['active', 'suspended'])
    .where('ephemeral', '=', 0)

/** By id. `direct`: without those of his apps. */
export async function personalKeysOf(
  db: Db,
  organizationId: string,
  memberId: string,
  { limit, direct }: { readonly limit: number; readonly direct: boolean },
): Promise<Left[]> {
  const rows = await transferable(db, organizationId, memberId)
    .select(['id', 'name', 'state', 'expires_at', 'owner_type', 'owner_id'])
    .$if(direct, (query) => query.where('owner_type', '=', 'member'))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id, name, state, expires_at, owner_type, owner_id }) => ({
    id,
    name,
    state: state === 'active' ? 'active' : 'suspended',
    expiresAt: expires_at,
    owner: { type: owner_type, id: owner_id },
  }))
}

export async function countPersonalKeys(
  db: Db,
  organizationId: string,
  memberId: string,
  { direct }: { readonly direct: boolean },
): Promise<number> {
  const { total } = await transferable(db, organizationId, memberId)
    .select((is) => is.fn.countAll<number | string | bigint>().as('total'))
    .$if(direct, (query) => query.where('owner_type', '=', 'member'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

/** Its next owner; no revision grows: the change of its secrets, in the same unit, has done that. */
export async function writeOwner(
  db: Db,
  organizationId: string,
  keyId: string,
  owner: Owner & { readonly name: string },
): Promise<void> {
  await db
    .updateTable('keys')
    // The network that it belongs to was that of whoever left: the heir's first call names another.
    .set({ owner_type: owner.type, owner_id: owner.id, owner_name: owner.name, pinned_network: null })
    .where('organization_id', '=', organizationId)
    .where('id', '=', keyId)
    .execute()
}
