import type { Db } from '../../db/database.ts'
import type { GoneRecord } from '../../fleet/schema.ts'
import { limitsIn } from '../of-key/merge.ts'
import type { LimitRecord } from '../schema.ts'
import { anyLimit, type Limit, type LimitPlace, limitsAfter } from '../store.ts'

/** As gateways hold it; null: there never was one. */
export async function limitRecord(
  db: Db,
  organizationId: string,
  id: string,
): Promise<LimitRecord | GoneRecord | null> {
  const limit = await anyLimit(db, organizationId, id)
  if (limit?.state !== 'deleted') return limit && recordOf(limit)
  return { kind: 'gone', of: 'limit', organization: organizationId, id, revision: limit.revision }
}

/** Live ones of one organization or of all, by organization and id. */
export async function limitRecords(
  db: Db,
  organizationId: string | null,
  after: LimitPlace | null,
  limit: number,
): Promise<LimitRecord[]> {
  return (await limitsAfter(db, organizationId, after, limit)).map(recordOf)
}

const recordOf = (limit: Limit): LimitRecord => ({
  kind: 'limit',
  organization: limit.organizationId,
  id: limit.id,
  revision: limit.revision,
  target: limit.target,
  ...limitsIn(limit),
})
