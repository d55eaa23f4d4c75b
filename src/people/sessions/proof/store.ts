import { z } from 'zod'
import type { Db } from '../../../db/database.ts'
import { defaultKeyPolicies, KeyPolicies } from '../../policies/schema.ts'
import type { Role } from '../../schema.ts'
import { type Session, sessionColumns, sessionOf } from '../store.ts'

/** What a browser has in one organization: who it is there, and for how long. */
export type Held = {
  readonly session: Session
  readonly member: {
    readonly id: string
    readonly name: string
    readonly email: string
    readonly role: Role
    readonly isOperator: boolean
  }
  readonly organization: { readonly id: string; readonly slug: string; readonly name: string }
  readonly policies: SessionPolicies
}

const { sessionIdleMinutes, sessionMaxHours } = KeyPolicies.shape
const SessionPolicies = z.object({ sessionIdleMinutes, sessionMaxHours })
export type SessionPolicies = z.infer<typeof SessionPolicies>

/** Over all organizations, as the cookie alone says which; of whoever has left or is barred there is none. */
export async function heldBy(db: Db, browserHash: string): Promise<Held[]> {
  const rows = await db
    .selectFrom('sessions')
    .innerJoin('members', (join) =>
      join
        .onRef('members.organization_id', '=', 'sessions.organization_id')
        .onRef('members.id', '=', 'sessions.member_id'),
    )
    .innerJoin('organizations', 'organizations.id', 'sessions.organization_id')
    .select([
      ...sessionColumns,
      'members.name as member_name',
      'members.email',
      'members.role',
      'members.is_operator',
      'organizations.slug',
      'organizations.name as organization_name',
      'organizations.policies',
    ])
    .where('sessions.browser_hash', '=', browserHash)
    .where('sessions.ended_at', 'is', null)
    .where('members.state', '=', 'active')
    .execute()
  return rows.map((row) => ({
    session: sessionOf(row),
    member: {
      id: row.member_id,
      name: row.member_name,
      email: row.email,
      role: row.role,
      isOperator: row.is_operator === 1,
    },
    organization: { id: row.organization_id, slug: row.slug, name: row.organization_name },
    policies: SessionPolicies.parse({ ...defaultKeyPolicies, ...JSON.parse(row.policies) }),
  }))
}
