import type { Db } from '../db/database.ts'
import type { GoneRecord } from '../fleet/schema.ts'
import type { UnsealedProvider, UnsealedRecord } from '../fleet/unsealed/schema.ts'

type Deps = { readonly now: () => number }

/** A provider as gateways need it, its credential opened; the feed seals it to each gateway before it leaves. PLACEHOLDER. */
export const providerRecord =
  (_deps: Deps) =>
  async (_db: Db, _organizationId: string, _id: string): Promise<UnsealedProvider | GoneRecord | null> =>
    null

/** Every live provider of the installation, in pages, for a snapshot. PLACEHOLDER. */
export const providerRecords = (_deps: Deps) => async function* (_db: Db): AsyncIterable<UnsealedRecord[]> {}
