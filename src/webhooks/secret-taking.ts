import type { Db } from '../db/database.ts'
import { activeWebhook, type Webhook } from './store.ts'

/** A webhook that new secrets may go to: one that is told in words for people takes none. */
export async function secretTaking(db: Db, organizationId: string, id: string): Promise<Webhook | null> {
  const webhook = await activeWebhook(db, organizationId, id)
  return webhook?.format === 'standard' ? webhook : null
}
