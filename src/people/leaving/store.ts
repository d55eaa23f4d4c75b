import type { Db } from '../../db/database.ts'
import { withdrawInvitationsOf } from '../invitations/store.ts'
import { withdrawResets } from '../resets/store.ts'

/** Every way in that somebody could still take: links that were mailed or shown, and have not been used. */
export async function withdrawWaysIn(db: Db, organizationId: string, memberId: string, at: number): Promise<void> {
  await withdrawInvitationsOf(db, organizationId, memberId, at)
  await withdrawResets(db, organizationId, memberId, { at })
}

/**
 * What proves him to be himself: of somebody who was removed nothing of it is kept. Who he is at an identity provider is
 * no proof, and it is remembered, so that he does not come back as somebody new.
 */
export async function forgetProofs(db: Db, organizationId: string, memberId: string): Promise<void> {
  for (const table of ['recovery_codes', 'sign_in_secrets'] as const)
    await db.deleteFrom(table).where('organization_id', '=', organizationId).where('member_id', '=', memberId).execute()
}

type HeirTeam = { readonly id: string; readonly slug: string; readonly name: string }

/** His teams, by slug. */
export const teamsAround = (db: Db, organizationId: string, memberId: string, limit: number): Promise<HeirTeam[]> =>
  db
    .selectFrom('teams')
    .innerJoin('team_members', (join) =>
      join
        .onRef('team_members.organization_id', '=', 'teams.organization_id')
        .onRef('team_members.team_id', '=', 'teams.id'),
    )
    .select(['teams.id', 'teams.slug', 'teams.name'])
    .where('teams.organization_id', '=', organizationId)
    .where('team_members.member_id', '=', memberId)
    .where('teams.state', '=', 'active')
    .orderBy('teams.slug')
    .limit(limit)
    .execute()

/** Active members who share a team with him, by name. */
export const matesOf = (
  db: Db,
  organizationId: string,
  memberId: string,
  limit: number,
): Promise<{ readonly id: string; readonly name: string }[]> =>
  db
    .selectFrom('members')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .where('id', '<>', memberId)
    .where((is) =>
      is(
        'id',
        'in',
        is
          .selectFrom('team_members')
          .select('team_members.member_id')
          .where('team_members.organization_id', '=', organizationId)
          .where((his) =>
            his(
              'team_members.team_id',
              'in',
              his
                .selectFrom('team_members as own')
                .select('own.team_id')
                .where('own.organization_id', '=', organizationId)
                .where('own.member_id', '=', memberId),
            ),
          ),
      ),
    )
    .orderBy('name')
    .orderBy('id')
    .limit(limit)
    .execute()
