import type { Db } from '../db/database.ts'
import { findOrganization } from '../people/store.ts'

/** Where the periods of an organization's budgets begin. */
export async function zoneOf(db: Db, organizationId: string): Promise<string> {
  return (await findOrganization(db, organizationId))?.policies.timeZone ?? 'UTC'
}
