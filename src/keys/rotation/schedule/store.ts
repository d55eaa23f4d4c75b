import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../../db/database.ts'
import { type Rotation, rotationColumns, rotationOf } from '../store.ts'
import { RotationSchedule } from './schema.ts'

/** What jobs look for over all organizations. */

/** Those that drain and are to be looked at. */
export async function drainedBy(db: Db, now: number, limit: number): Promise<Rotation[]> {
  const rows = await db
    .selectFrom('rotations')
    .select(rotationColumns)
    .where('state', '=', 'draining')
    .where('ended_at', 'is', null)
    .where('next_at', '<=', now)
    .orderBy('next_at')
    .limit(limit)
    .execute()
  return rows.map(rotationOf)
}

/** Those that drain and do not know yet that the new secret was used. */
export async function unnoticedUses(db: Db, limit: number): Promise<Rotation[]> {
  const rows = await db
    .selectFrom('rotations')
    .select(rotationColumns)
    .where('state', '=', 'draining')
    .where('ended_at', 'is', null)
    .where('first_used_at', 'is', null)
    .where((is) =>
      is.exists(
        is
          .selectFrom('secret_versions')
          .select('version')
          .whereRef('secret_versions.organization_id', '=', 'rotations.organization_id')
          .whereRef('secret_versions.key_id', '=', 'rotations.key_id')
          .whereRef('secret_versions.version', '=', 'rotations.to_version')
          .where('secret_versions.first_used_at', 'is not', null),
      ),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(rotationOf)
}

export type DueKey = {
  readonly organizationId: string
  readonly id: string
  readonly dueAt: number
  /** A rotation is under way, or it has been reminded of, where a reminder is all there is. */
  readonly isSeenTo: boolean
}
export type DuePlace = readonly [dueAt: number, id: string]

/**
 * Usable keys whose schedule asks for a new secret, by the instant at which it does. What has been seen to is looked up
 * and not left out, so that a page costs what it says, however many there are.
 */
export async function dueKeys(
  db: Db,
  { after, upTo, limit }: { readonly after: DuePlace; readonly upTo: number; readonly limit: number },
): Promise<DueKey[]> {
  const rows = await db
    .selectFrom('keys')
    .select(['organization_id', 'id', 'rotation_due_at', 'rotation'])
    .select((is) => [
      is
        .selectFrom('rotations')
        .select('rotations.id')
        .whereRef('rotations.organization_id', '=', 'keys.organization_id')
        .whereRef('rotations.key_id', '=', 'keys.id')
        .where('ended_at', 'is', null)
        .as('open'),
      is
        .selectFrom('key_warnings')
        .select('key_warnings.at')
        .whereRef('key_warnings.organization_id', '=', 'keys.organization_id')
        .whereRef('key_warnings.key_id', '=', 'keys.id')
        .whereRef('key_warnings.due_at', '=', 'keys.rotation_due_at')
        .where('kind', '=', 'rotation')
        .where('days', '=', 0)
        .as('reminded'),
    ])
    .where('rotation_due_at', '>=', after[0])
    .where('rotation_due_at', '<=', upTo)
    .where(sql<SqlBool>`(rotation_due_at, id) > (cast(${after[0]} as bigint), ${after[1]})`)
    .where('rotation', 'is not', null)
    .where('state', '=', 'active')
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', upTo)]))
    .orderBy('rotation_due_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    organizationId: row.organization_id,
    id: row.id,
    dueAt: row.rotation_due_at ?? 0,
    isSeenTo: row.open !== null || (row.reminded !== null && deliverTo(row.rotation) === null),
  }))
}

const deliverTo = (rotation: string | null): string | null =>
  rotation === null ? null : RotationSchedule.parse(JSON.parse(rotation)).deliverTo

/** False where the reminder is there already. */
export async function insertReminder(
  db: Db,
  organizationId: string,
  { keyId, dueAt, at }: { readonly keyId: string; readonly dueAt: number; readonly at: number },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('key_warnings')
    .values({ organization_id: organizationId, key_id: keyId, kind: 'rotation', due_at: dueAt, days: 0, at })
    .onConflict((on) => on.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Organizations in which a schedule waits for its turn, or for somebody to go on where another process has ended. */
export async function organizationsWaiting(db: Db, now: number): Promise<string[]> {
  const rows = await waiting(db, now).select('organization_id').distinct().orderBy('organization_id').execute()
  return rows.map((row) => row.organization_id)
}

export type WaitingRotation = { readonly rotation: Rotation; readonly reachesServers: boolean }

/** Of one organization, the one that waits longest first; with what the key's choice of servers is. */
export async function waitingRotations(
  db: Db,
  organizationId: string,
  now: number,
  limit: number,
): Promise<WaitingRotation[]> {
  const rows = await waiting(db, now)
    .select(rotationColumns)
    .select((is) =>
      is
        .selectFrom('keys')
        .select('keys.mcp_servers')
        .whereRef('keys.organization_id', '=', 'rotations.organization_id')
        .whereRef('keys.id', '=', 'rotations.key_id')
        .as('servers'),
    )
    .where('organization_id', '=', organizationId)
    .orderBy('started_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ rotation: rotationOf(row), reachesServers: reachesServers(row.servers) }))
}

const reachesServers = (mode: string | null): boolean => mode !== 'off' && mode !== 'none'

const waiting = (db: Db, now: number) =>
  db
    .selectFrom('rotations')
    .where('ended_at', 'is', null)
    .where('webhook_id', 'is not', null)
    .where('state', 'in', ['planned', 'delivering'])
    .where('next_at', '<=', now)

/** Keys that a schedule has made a secret for since then, or is about to; with the mode of their choice of servers. */
export async function actedSince(
  db: Db,
  organizationId: string,
  since: number,
): Promise<{ readonly keyId: string; readonly reachesServers: boolean }[]> {
  const rows = await db
    .selectFrom('rotations')
    .innerJoin('keys', (on) =>
      on.onRef('keys.organization_id', '=', 'rotations.organization_id').onRef('keys.id', '=', 'rotations.key_id'),
    )
    .select(['rotations.key_id', 'keys.mcp_servers'])
    .distinct()
    .where('rotations.organization_id', '=', organizationId)
    .where('rotations.webhook_id', 'is not', null)
    .where((is) =>
      is.or([
        is('rotations.acted_at', '>', since),
        is.and([is('rotations.state', '=', 'delivering'), is('rotations.ended_at', 'is', null)]),
      ]),
    )
    .execute()
  return rows.map((row) => ({ keyId: row.key_id, reachesServers: reachesServers(row.mcp_servers) }))
}

/** Keys that are not ended, counted up to a number. */
export async function countLiveKeys(db: Db, organizationId: string, upTo: number): Promise<number> {
  const counted = db
    .selectFrom('keys')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('state', 'in', ['active', 'suspended'])
    .limit(upTo)
  const { count } = await db
    .selectFrom(counted.as('counted'))
    .select((is) => is.fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Two that plan for one organization at the same time would each keep to its share, and together to twice of it. */
export async function holdSchedules(db: Db, organizationId: string): Promise<void> {
  await db
    .updateTable('organizations')
    .set((is) => ({ revision: is.ref('revision') }))
    .where('id', '=', organizationId)
    .execute()
}
