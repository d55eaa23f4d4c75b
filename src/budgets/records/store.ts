import type { Db } from '../../db/database.ts'
import type { GoneRecord } from '../../fleet/schema.ts'
import type { BudgetRecord } from '../schema.ts'

/** As gateways hold it; null: there never was one. PLACEHOLDER. */
export async function budgetRecord(
  _db: Db,
  _organizationId: string,
  _id: string,
): Promise<BudgetRecord | GoneRecord | null> {
  return null
}

/** Live ones of one organization or of all, by organization and id. PLACEHOLDER. */
export async function budgetRecords(
  _db: Db,
  _organizationId: string | null,
  _after: { readonly organization: string; readonly id: string } | null,
  _limit: number,
): Promise<BudgetRecord[]> {
  return []
}
