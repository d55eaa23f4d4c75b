import type { Db } from '../../db/database.ts'
import type { Tier } from '../../projects/schema.ts'
import { Scope } from '../schema.ts'
import type { GovernedKey } from './breaking.ts'

const notEnded = ['active', 'suspended'] as const

/** By id, behind `after`, with no more of a key than policies ask. */
export async function governedKeys(
  db: Db,
  organizationId: string,
  after: string,
  limit: number,
): Promise<GovernedKey[]> {
  const rows = await db
    .selectFrom('keys')
    .select(['id', 'name', 'token_kind', 'owner_type', 'owner_id', 'owner_name', 'scope', 'expires_at'])
    .select(['max_staleness_seconds', 'created_by', 'secret_made_at'])
    .where('organization_id', '=', organizationId)
    .where('id', '>', after)
    .where('state', 'in', notEnded)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    record: {
      id: row.id,
      name: row.name,
      tokenKind: row.token_kind,
      owner: { type: row.owner_type, id: row.owner_id, name: row.owner_name },
      scope: Scope.parse(JSON.parse(row.scope)),
      expiresAt: row.expires_at,
      maxStalenessSeconds: row.max_staleness_seconds,
    },
    createdBy: row.created_by,
    secretMadeAt: row.secret_made_at,
  }))
}

/** By project id, those that are there. */
export async function tiersOfProjects(db: Db, organizationId: string): Promise<ReadonlyMap<string, Tier>> {
  const rows = await db
    .selectFrom('projects')
    .select(['id', 'tier'])
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .execute()
  return new Map(rows.map(({ id, tier }) => [id, tier]))
}

/** Ids of those whom the ceilings of members bind. */
export async function membersAlone(db: Db, organizationId: string): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('members')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'member')
    .execute()
  return new Set(rows.map(({ id }) => id))
}

type Counting = { readonly memberId: string; readonly owners: readonly string[]; readonly atMost: number }

/**
 * Keys that the member owns, himself or as his own app's, or has made for what is his, `owners`. Those that have expired
 * count, since they may be given more time; a key of one token may not. Stops counting behind `atMost`.
 */
export async function countKeysOfMember(
  db: Db,
  organizationId: string,
  { memberId, owners, atMost }: Counting,
  now: number,
): Promise<number> {
  const rows = await db
    .selectFrom('keys')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('owner_id', 'in', owners)
    .where('state', 'in', notEnded)
    .where((is) =>
      is.or([
        is('owner_id', '=', memberId),
        is('created_by', '=', memberId),
        is(
          'owner_id',
          'in',
          is
            .selectFrom('apps')
            .select('apps.id')
            .where('apps.organization_id', '=', organizationId)
            .where('apps.owner_id', '=', memberId),
        ),
      ]),
    )
    .where((is) => is.or([is('ephemeral', '=', 0), is('expires_at', '>', now)]))
    .limit(atMost + 1)
    .execute()
  return rows.length
}
