import { hash } from 'node:crypto'
import type { Insertable } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { Requests } from '../../db/tables/requests.ts'
import type { CallRecord } from '../../fleet/records/schema.ts'

type Source = { readonly gateway: string; readonly boot: string }

/** One statement takes so many parameters on every store, with thirty-six for each row. */
const atOnce = 500

/** Writes calls and answers those that were not there: of what is left of the log after damage, nothing comes twice. */
export async function insertRequests(db: Db, source: Source, records: readonly CallRecord[]): Promise<CallRecord[]> {
  const added: CallRecord[] = []
  for (let at = 0; at < records.length; at += atOnce) {
    const some = records.slice(at, at + atOnce)
    const byPlace = new Map(some.map((record) => [placeOf(source, record.seq), record]))
    const rows = await db
      .insertInto('requests')
      .values([...byPlace].map(([place, record]) => rowOf(source.gateway, place, record)))
      .onConflict((row) => row.doNothing())
      .returning('place')
      .execute()
    added.push(...rows.flatMap(({ place }) => byPlace.get(place) ?? []))
  }
  return added
}

/** 52 bits: told apart from all others of that millisecond, and no hint to how many calls there are of others. */
const placeOf = ({ gateway, boot }: Source, seq: number): number =>
  Number.parseInt(hash('sha256', `${gateway} ${boot} ${seq}`, 'hex').slice(0, 13), 16)

const rowOf = (gateway: string, place: number, record: CallRecord): Insertable<Requests> => ({
  organization_id: record.organization,
  at: record.at,
  place,
  id: record.id,
  kind: record.kind,
  gateway_id: gateway,
  key_id: record.key,
  key_name: record.keyName,
  version: record.version,
  child: record.child,
  owner_type: record.ownerType,
  owner_id: record.owner,
  project_id: record.project,
  server_id: record.server,
  tool: record.tool,
  provider_id: record.provider,
  model: record.model,
  method: record.method,
  admitted: record.admitted ? 1 : 0,
  status: record.status,
  code: record.code,
  rule: record.rule,
  input: record.tokens?.input ?? null,
  output: record.tokens?.output ?? null,
  cached: record.tokens?.cached ?? null,
  cache_write: record.tokens?.cacheWrite ?? null,
  reasoning: record.tokens?.reasoning ?? null,
  estimated: record.estimated ? 1 : 0,
  cost: record.cost,
  price: record.price,
  latency_ms: record.latencyMs,
  first_byte_ms: record.firstByteMs,
  address: record.address,
  client: record.client,
  metadata: record.metadata,
})

/** Touches the ends of each table: cheap, and tells at once of a file that is broken as a whole. */
export async function lookThrough(db: Db): Promise<void> {
  for (const direction of ['asc', 'desc'] as const) {
    await db.selectFrom('requests').select('metadata').orderBy('organization_id', direction).limit(1).execute()
    await db.selectFrom('request_hours').select('cost').orderBy('organization_id', direction).limit(1).execute()
    await db.selectFrom('request_marks').select('seq').orderBy('gateway_id', direction).limit(1).execute()
  }
}

/** One piece of the calls before that instant; false when there was no more. */
export async function forgetRequests(db: Db, organizationId: string, before: number, piece: number): Promise<boolean> {
  const next = await db
    .selectFrom('requests')
    .select('at')
    .where('organization_id', '=', organizationId)
    .where('at', '<', before)
    .orderBy('at')
    .offset(piece)
    .limit(1)
    .executeTakeFirst()
  await db
    .deleteFrom('requests')
    .where('organization_id', '=', organizationId)
    .where('at', next === undefined ? '<' : '<=', next?.at ?? before)
    .execute()
  return next !== undefined
}
