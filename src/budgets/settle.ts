import type { Db } from '../db/database.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import type { Holder } from '../fleet/slices/schema.ts'

/**
 * Books what calls have cost, in the transaction that counts them: the caller has made sure that each record comes here
 * once. PLACEHOLDER until there is a ledger.
 */
export async function settleRecords(_db: Db, _holder: Holder, _records: readonly CallRecord[]): Promise<void> {}
