import type { Db } from '../../db/database.ts'
import type { Audience } from '../notice.ts'

/** What an event is about, and whom it concerns therefore. */
export type Concern = {
  readonly subject: { readonly kind: string; readonly id: string }
  readonly to: readonly Audience[]
}

/** Members who are told, each once: those that are there now. */
export async function peopleFor(db: Db, organizationId: string, concern: Concern): Promise<ReadonlySet<string>> {
  const told = new Set<string>()
  for (const audience of concern.to) {
    for (const member of await membersOf(db, organizationId, concern.subject, audience)) told.add(member)
  }
  return told
}

async function membersOf(
  db: Db,
  organizationId: string,
  subject: Concern['subject'],
  audience: Audience,
): Promise<readonly string[]> {
  if (audience === 'admins') return admins(db, organizationId)
  if (audience === 'asker') return askerOf(db, organizationId, subject.id)
  const target =
    audience === 'target' ? await targetOf(db, organizationId, subject.id) : { type: 'key', id: subject.id }
  return target === null ? [] : behind(db, organizationId, target)
}

type Party = { readonly type: string; readonly id: string }

/** Whoever owns it, at last people; of a project or the organization nobody but its admins. */
async function behind(db: Db, organizationId: string, { type, id }: Party): Promise<readonly string[]> {
  switch (type) {
    case 'member':
      return isLive(db, organizationId, id)
    case 'team':
      return teamMembers(db, organizationId, id)
    case 'app':
    case 'key': {
      const owner = await ownerOf(db, organizationId, type, id)
      return owner === null ? [] : behind(db, organizationId, owner)
    }
    default:
      return []
  }
}

async function ownerOf(db: Db, organizationId: string, type: 'app' | 'key', id: string): Promise<Party | null> {
  const row = await db
    .selectFrom(type === 'key' ? 'keys' : 'apps')
    .select(['owner_type', 'owner_id'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? { type: row.owner_type, id: row.owner_id } : null
}

async function targetOf(db: Db, organizationId: string, budgetId: string): Promise<Party | null> {
  const row = await db
    .selectFrom('budgets')
    .select(['target_type', 'target_id'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', budgetId)
    .executeTakeFirst()
  return row ? { type: row.target_type, id: row.target_id } : null
}

async function askerOf(db: Db, organizationId: string, requestId: string): Promise<readonly string[]> {
  const row = await db
    .selectFrom('access_requests')
    .select('member_id')
    .where('organization_id', '=', organizationId)
    .where('id', '=', requestId)
    .executeTakeFirst()
  return row ? isLive(db, organizationId, row.member_id) : []
}

const live = (db: Db, organizationId: string) =>
  db.selectFrom('members').select('id').where('organization_id', '=', organizationId).where('state', '=', 'active')

async function admins(db: Db, organizationId: string): Promise<string[]> {
  const rows = await live(db, organizationId).where('role', 'in', ['owner', 'admin']).execute()
  return rows.map(({ id }) => id)
}

async function isLive(db: Db, organizationId: string, member: string): Promise<string[]> {
  const rows = await live(db, organizationId).where('id', '=', member).execute()
  return rows.map(({ id }) => id)
}

async function teamMembers(db: Db, organizationId: string, team: string): Promise<string[]> {
  const rows = await db
    .selectFrom('team_members')
    .innerJoin('members', (join) =>
      join
        .onRef('members.organization_id', '=', 'team_members.organization_id')
        .onRef('members.id', '=', 'team_members.member_id'),
    )
    .select('members.id')
    .where('team_members.organization_id', '=', organizationId)
    .where('team_members.team_id', '=', team)
    .where('members.state', '=', 'active')
    .execute()
  return rows.map(({ id }) => id)
}
