import type { Db } from '../../db/database.ts'
import type { Checkpoint } from '../checkpoint.ts'
import { isoOf } from '../store.ts'

/** Another control may have signed the same link: one signature is enough. */
export const insertCheckpoint = async (db: Db, checkpoint: Checkpoint): Promise<void> => {
  await db
    .insertInto('audit_checkpoints')
    .values({
      organization_id: checkpoint.organization,
      seq: checkpoint.seq,
      hash: checkpoint.hash,
      at: Date.parse(checkpoint.at),
      signing_key: checkpoint.signingKey,
      signature: checkpoint.signature,
    })
    .onConflict((conflict) => conflict.columns(['organization_id', 'seq']).doNothing())
    .execute()
}

/** Newest first, below a place. */
export const listCheckpoints = async (
  db: Db,
  organizationId: string,
  below: number | null,
  limit: number,
): Promise<Checkpoint[]> => {
  const rows = await checkpointsOf(db, organizationId)
    .$if(below !== null, (query) => query.where('seq', '<', below ?? 0))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => checkpointOf(row, organizationId))
}

/** Above one place and up to another, oldest first. */
export const checkpointsBetween = async (
  db: Db,
  organizationId: string,
  after: number,
  upTo: number,
): Promise<Checkpoint[]> => {
  const rows = await checkpointsOf(db, organizationId)
    .where('seq', '>', after)
    .where('seq', '<=', upTo)
    .orderBy('seq')
    .execute()
  return rows.map((row) => checkpointOf(row, organizationId))
}

/** Counts to `most`, and no further. */
export const countCheckpoints = async (db: Db, organizationId: string, most: number): Promise<number> => {
  const { count } = await db
    .selectFrom(checkpointsOf(db, organizationId).limit(most).as('some'))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export type ChainState = {
  readonly organization: string
  /** Number of its last event, and of the last that a checkpoint covers. */
  readonly seq: number
  readonly signedUpTo: number
}

/** The chains of these organizations, null: of all. For jobs and the feed; two looks into an index for each. */
export const chainStates = async (db: Db, only: readonly string[] | null = null): Promise<ChainState[]> => {
  const rows = await db
    .selectFrom('organizations')
    .select((row) => [
      'id',
      row
        .selectFrom('audit_events')
        .select('seq')
        .whereRef('audit_events.organization_id', '=', 'organizations.id')
        .where('seq', 'is not', null)
        .orderBy('seq', 'desc')
        .limit(1)
        .as('seq'),
      row
        .selectFrom('audit_checkpoints')
        .select('audit_checkpoints.seq')
        .whereRef('audit_checkpoints.organization_id', '=', 'organizations.id')
        .orderBy('audit_checkpoints.seq', 'desc')
        .limit(1)
        .as('signed'),
    ])
    .$if(only !== null, (query) => query.where('id', 'in', only ?? []))
    .execute()
  return rows.map(({ id, seq, signed }) => ({ organization: id, seq: seq ?? 0, signedUpTo: signed ?? 0 }))
}

const checkpointsOf = (db: Db, organizationId: string) =>
  db
    .selectFrom('audit_checkpoints')
    .select(['seq', 'hash', 'at', 'signing_key', 'signature'])
    .where('organization_id', '=', organizationId)

type Row = Awaited<ReturnType<ReturnType<typeof checkpointsOf>['execute']>>[number]

const checkpointOf = ({ seq, hash, at, signing_key, signature }: Row, organization: string): Checkpoint => ({
  organization,
  seq,
  hash,
  at: isoOf(at),
  signingKey: signing_key,
  signature,
})
