import type { Selectable } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { Tables } from '../../db/tables.ts'
import { RotationMode, RotationState } from './schema.ts'

export type Rotation = {
  readonly organizationId: string
  readonly id: string
  readonly keyId: string
  readonly mode: RotationMode
  readonly state: RotationState
  /** Null: the key had no secret yet. */
  readonly from: number | null
  readonly to: number
  readonly startedAt: number
  readonly startedBy: string
  readonly graceSeconds: number
  /** When the old secret ends; null while that is not set. */
  readonly deadlineAt: number | null
  readonly silentSeconds: number | null
  readonly firstUsedAt: number | null
  readonly endedAt: number | null
  readonly webhookId: string | null
  readonly attempts: number
  readonly nextAt: number | null
  readonly actedAt: number | null
  readonly boot: string | null
  readonly lastError: string | null
  readonly revision: number
}

export const rotationColumns = [
  'organization_id',
  'id',
  'key_id',
  'mode',
  'state',
  'from_version',
  'to_version',
  'started_at',
  'started_by',
  'grace_seconds',
  'deadline_at',
  'silent_seconds',
  'first_used_at',
  'ended_at',
  'webhook_id',
  'attempts',
  'next_at',
  'acted_at',
  'boot',
  'last_error',
  'revision',
] as const

export const rotationOf = (row: Selectable<Tables['rotations']>): Rotation => ({
  organizationId: row.organization_id,
  id: row.id,
  keyId: row.key_id,
  mode: RotationMode.parse(row.mode),
  state: RotationState.parse(row.state),
  from: row.from_version === 0 ? null : row.from_version,
  to: row.to_version,
  startedAt: row.started_at,
  startedBy: row.started_by,
  graceSeconds: row.grace_seconds,
  deadlineAt: row.deadline_at,
  silentSeconds: row.silent_seconds,
  firstUsedAt: row.first_used_at,
  endedAt: row.ended_at,
  webhookId: row.webhook_id,
  attempts: row.attempts,
  nextAt: row.next_at,
  actedAt: row.acted_at,
  boot: row.boot,
  lastError: row.last_error,
  revision: row.revision,
})

const changing = (rotation: Rotation) => ({
  state: rotation.state,
  to_version: rotation.to,
  deadline_at: rotation.deadlineAt,
  first_used_at: rotation.firstUsedAt,
  ended_at: rotation.endedAt,
  attempts: rotation.attempts,
  next_at: rotation.nextAt,
  acted_at: rotation.actedAt,
  boot: rotation.boot,
  last_error: rotation.lastError,
  revision: rotation.revision,
})

/** False while the key has a rotation that is not over: an index lets one through. */
export async function insertRotation(db: Db, rotation: Rotation): Promise<boolean> {
  const values = {
    ...changing(rotation),
    organization_id: rotation.organizationId,
    id: rotation.id,
    key_id: rotation.keyId,
    mode: rotation.mode,
    from_version: rotation.from ?? 0,
    started_at: rotation.startedAt,
    started_by: rotation.startedBy,
    grace_seconds: rotation.graceSeconds,
    silent_seconds: rotation.silentSeconds,
    webhook_id: rotation.webhookId,
  }
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('rotations')
    .values(values)
    .onConflict((on) => on.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** False when somebody else has changed it since `rotation.revision - 1` was read, and then nothing was written. */
export async function updateRotation(db: Db, rotation: Rotation): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('rotations')
    .set(changing(rotation))
    .where('organization_id', '=', rotation.organizationId)
    .where('id', '=', rotation.id)
    .where('revision', '=', rotation.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The one that is not over. */
export async function openRotation(db: Db, organizationId: string, keyId: string): Promise<Rotation | null> {
  const row = await db
    .selectFrom('rotations')
    .select(rotationColumns)
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .where('ended_at', 'is', null)
    .executeTakeFirst()
  return row ? rotationOf(row) : null
}

/** The one that is not over, else the last one. */
export async function latestRotation(db: Db, organizationId: string, keyId: string): Promise<Rotation | null> {
  const open = await openRotation(db, organizationId, keyId)
  if (open) return open
  const row = await db
    .selectFrom('rotations')
    .select(rotationColumns)
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .orderBy('ended_at', 'desc')
    .orderBy('to_version', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row ? rotationOf(row) : null
}

export async function findRotation(db: Db, organizationId: string, id: string): Promise<Rotation | null> {
  const row = await db
    .selectFrom('rotations')
    .select(rotationColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? rotationOf(row) : null
}

/** Null: it goes on until somebody ends it. */
export async function setVersionEnd(
  db: Db,
  organizationId: string,
  keyId: string,
  version: number,
  validUntil: number | null,
): Promise<void> {
  await db
    .updateTable('secret_versions')
    .set({ valid_until: validUntil })
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .where('version', '=', version)
    .execute()
}

/** When each version was first used, by its number: those that were. */
export async function firstUses(db: Db, organizationId: string, keyId: string): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('secret_versions')
    .select(['version', 'first_used_at'])
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .where('first_used_at', 'is not', null)
    .$narrowType<{ first_used_at: number }>()
    .execute()
  return new Map(rows.map((row) => [row.version, row.first_used_at]))
}
