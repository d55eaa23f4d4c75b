import { untilCurrent } from '../db/contended.ts'
import type { Database, Db } from '../db/database.ts'
import type { UsageReport } from '../fleet/feed-state.ts'
import { ok } from '../problems.ts'
import { markReport } from './marks/store.ts'
import { addRows, type Row } from './seen/store.ts'
import { type CallUse, type ClientUse, nameOf, type Sums, sumsOf, within } from './sums.ts'
import { addRequests, type OwnerUse } from './totals/store.ts'
import { countKeys, noteVersions, type UsedKey, type UsedVersion } from './used/store.ts'

type Deps = {
  readonly system: Pick<Database['system'], 'transaction'>
  readonly now: () => number
  /** A secret was used that had not been before. */
  readonly onFirstUse: (organizationId: string, key: string, version: number) => Promise<void>
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

export type UsageTaking = {
  /** True: it is counted for good, now or before. */
  readonly take: (report: UsageReport) => Promise<boolean>
  readonly settled: () => Promise<void>
}

/** Counts what gateways report, one report after the other: two at once would wait for each other's rows anyway. */
export function createUsageTaking(deps: Deps): UsageTaking {
  let last: Promise<unknown> = Promise.resolve()
  const take = async (report: UsageReport): Promise<boolean> => {
    try {
      const done = await untilCurrent(null, async () =>
        ok(await deps.system.transaction((db) => count(db, deps, report))),
      )
      if (!done.ok || done.value === null) return false
      for (const used of done.value) await tell(deps, used)
      return true
    } catch (error) {
      deps.log.warn({ error, gateway: report.gateway }, 'what a gateway has counted was not taken, and comes again')
      return false
    }
  }
  return {
    take: (report) => {
      const done = last.then(() => take(report))
      last = done
      return done
    },
    settled: async () => void (await last),
  }
}

/** It is counted whatever comes of this; whoever waits for a first use looks for it now and then all the same. */
async function tell({ onFirstUse, log }: Deps, { organizationId, key, version }: UsedVersion): Promise<void> {
  try {
    await onFirstUse(organizationId, key, version)
  } catch (error) {
    log.warn({ error, key, version }, 'the first use of a secret could not be told')
  }
}

/** In one transaction: a report is counted whole or not at all. Null: one before it has to come first. */
async function count(db: Db, { now }: Pick<Deps, 'now'>, report: UsageReport): Promise<UsedVersion[] | null> {
  const mark = await markReport(db, report, now())
  if (mark === 'gap') return null
  if (mark === 'counted') return []
  const sums = sumsOf(report.items, now())
  const live = await countKeys(db, sums.keys)
  const names = new Set(live.map(nameOf))
  const fresh = await noteVersions(db, within(sums.versions, names))
  await addRows(db, 'clients', within(sums.clients, names).map(clientRow))
  await addRows(db, 'calls', within(sums.calls, names).map(callRow))
  await addRequests(db, byOwner(sums, live))
  return fresh
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
