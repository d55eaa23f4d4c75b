import type { Db } from '../../../db/database.ts'
import type { Holder, SeenHolder } from '../../../fleet/slices/schema.ts'

export type HolderRow = Holder & {
  readonly touchedAt: number
  readonly seenAt: number
  /** How long it may go on deciding by itself. */
  readonly freshSeconds: number
}

/** Known ones stay as they are. A new process is in touch: without an answer from us it decides nothing. */
export async function addHolder(db: Db, holder: SeenHolder, at: number): Promise<void> {
  const seconds = await longestSeconds(db, holder)
  await db
    .insertInto('limit_holders')
    .values({
      organization_id: holder.organization,
      gateway_id: holder.gateway,
      boot: holder.boot,
      serves: holder.serves,
      touched_at: at,
      seen_at: at,
      fresh_seconds: seconds,
      asked_seconds: seconds,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/**
 * What a process goes by was told to it by the time it is in touch; a shorter freshness counts from the second look on,
 * since the first may have come before the news.
 */
export async function touchHolder(db: Db, holder: SeenHolder, at: number): Promise<void> {
  const seconds = await longestSeconds(db, holder)
  const row = await db
    .selectFrom('limit_holders')
    .select(['fresh_seconds', 'asked_seconds'])
    .where('organization_id', '=', holder.organization)
    .where('gateway_id', '=', holder.gateway)
    .where('boot', '=', holder.boot)
    .executeTakeFirst()
  if (!row) return addHolder(db, holder, at)
  const former = holder.isInTouch ? row.asked_seconds : row.fresh_seconds
  await db
    .updateTable('limit_holders')
    .set({
      ...(holder.isInTouch ? { touched_at: at } : {}),
      seen_at: at,
      fresh_seconds: Math.max(former, seconds),
      asked_seconds: seconds,
    })
    .where('organization_id', '=', holder.organization)
    .where('gateway_id', '=', holder.gateway)
    .where('boot', '=', holder.boot)
    .execute()
}

/** The longest that any organization allows the gateways that serve it. */
async function longestSeconds(db: Db, { organization, serves }: SeenHolder): Promise<number> {
  const { seconds } = await db
    .selectFrom('organizations')
    .select(({ fn }) => fn.max('max_staleness_seconds').as('seconds'))
    .$if(serves === 'own', (query) => query.where('id', '=', organization))
    .executeTakeFirstOrThrow()
  return Number(seconds ?? 0)
}

/** Of how many gateways processes may serve the organization. */
export async function gatewaysServing(db: Db, organization: string): Promise<number> {
  const rows = await db
    .selectFrom('limit_holders')
    .select('gateway_id')
    .distinct()
    .where((is) => is.or([is('serves', '=', 'all'), is('organization_id', '=', organization)]))
    .execute()
  return rows.length
}

/** All of them, or those of one gateway. */
export async function listHolders(db: Db, gateway: string | null): Promise<HolderRow[]> {
  const rows = await db
    .selectFrom('limit_holders')
    .select(['gateway_id', 'boot', 'touched_at', 'seen_at', 'fresh_seconds'])
    .$if(gateway !== null, (query) => query.where('gateway_id', '=', gateway ?? ''))
    .execute()
  return rows.map((row) => ({
    gateway: row.gateway_id,
    boot: row.boot,
    touchedAt: row.touched_at,
    seenAt: row.seen_at,
    freshSeconds: row.fresh_seconds,
  }))
}
