import type { Db } from '../../db/database.ts'
import { reportLimits, type ServerReport } from '../../fleet/schema.ts'
import { type Health, healthRow, healthSaidBy, upsertHealth } from './store.ts'

const everyMs = 60_000
const { tools: toolsKept, textLength: textKept } = reportLimits

/**
 * Keeps what a gateway says about its servers. The same again is written once a minute only: a fleet that probes every
 * half minute must not turn into a stream of writes.
 */
export async function saveHealth(
  db: Db,
  gatewayId: string,
  reports: readonly ServerReport[],
  now: number,
): Promise<void> {
  for (const report of reports) {
    const known = await healthSaidBy(db, report.organization, report.server, gatewayId)
    // Deleted meanwhile, or never there.
    if (known === null) continue
    const health = healthIn(report, now)
    const { checked_at: _, ...fresh } = healthRow(health)
    const row = JSON.stringify([fresh.state, fresh.tools, fresh.last_error, fresh.server_revision])
    if (known.said?.row === row && now - known.said.checkedAt < everyMs) continue
    await upsertHealth(db, report.organization, report.server, gatewayId, health)
  }
}

const healthIn = (report: ServerReport, now: number): Health => ({
  state: report.state,
  tools:
    report.tools?.slice(0, toolsKept).map(({ name, description }) => ({
      name: name.slice(0, textKept),
      ...(description === undefined ? {} : { description: description.slice(0, textKept) }),
    })) ?? null,
  lastError: report.lastError?.slice(0, textKept) ?? null,
  revision: report.revision,
  checkedAt: now,
})
