import type { Db } from '../db/database.ts'
import type { RecordsReport } from '../fleet/feed-state.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import { markRecords } from './marks/store.ts'
import { addRows, type Row } from './seen/store.ts'
import { type CallUse, type ClientUse, nameOf, type Sums, sumsOf, within } from './sums.ts'
import { addRequests, type OwnerUse } from './totals/store.ts'
import { countKeys, noteVersions, type UsedKey, type UsedVersion } from './used/store.ts'

export type AddedRecords = {
  /** Those that were not counted before: what else is done with a batch in this transaction is done with these alone. */
  readonly fresh: readonly CallRecord[]
  /** Secrets that were used and had not been before: to be told when the transaction is committed. */
  readonly firstUses: readonly UsedVersion[]
}

/**
 * Adds calls to the sums of keys, secrets, clients, calls and owners, in the given transaction of the main store, each
 * once by (gateway, boot, seq). Null: one before them has to come first, or another control counts them now; nothing is
 * written, and they come again.
 */
export async function addRecords(db: Db, report: RecordsReport, now: number): Promise<AddedRecords | null> {
  const mark = await markRecords(db, report, now)
  if (mark === null) return null
  const fresh = report.records.filter(({ seq }) => seq > mark)
  return { fresh, firstUses: await addSums(db, sumsOf(fresh, now)) }
}

async function addSums(db: Db, sums: Sums): Promise<UsedVersion[]> {
  const live = await countKeys(db, sums.keys)
  const names = new Set(live.map(nameOf))
  const firstUses = await noteVersions(db, within(sums.versions, names))
  await addRows(db, 'clients', within(sums.clients, names).map(clientRow))
  await addRows(db, 'calls', within(sums.calls, names).map(callRow))
  await addRequests(db, byOwner(sums, live))
  return firstUses
}

const clientRow = ({ version, client, address, ...use }: ClientUse): Row => ({
  ...use,
  names: [version, client, address],
})
const callRow = ({ server, tool, ...use }: CallUse): Row => ({ ...use, names: [server, tool] })

function byOwner({ keys }: Sums, live: readonly UsedKey[]): OwnerUse[] {
  const owners = new Map(live.map((key) => [nameOf(key), key.ownerId]))
  const uses = new Map<string, OwnerUse>()
  for (const use of keys) {
    const ownerId = owners.get(nameOf(use))
    if (ownerId === undefined) continue
    const { organizationId } = use
    const slot = `${organizationId} ${ownerId}`
    const requests = (uses.get(slot)?.requests ?? 0) + use.requests
    uses.set(slot, { organizationId, ownerId, requests })
  }
  return [...uses].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, use]) => use)
}
