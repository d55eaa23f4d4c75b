import type { Vault } from '../credentials/vault.ts'
import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Reach } from '../http/egress/reach.ts'
import { type Result, refuse } from '../problems.ts'
import type { Get } from './look/get.ts'
import type { PriceList } from './prices/list.ts'

/** What the verbs of this folder use; control's composition root supplies it. */
export type ProviderDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly vault: Pick<Vault, 'storeStatic' | 'openVersion'>
  /** What models cost that the organization gave no price. */
  readonly priceList: PriceList
  /** One GET from here, to where the organization's servers may be. */
  readonly get: Get
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** Where the organization's servers may be. */
  readonly reachOf: (db: Db, organizationId: string) => Promise<Reach>
  readonly effectOf: (organizationId: string, changeRowId: number, waitMs: number) => Promise<Effect>
  /** Puts it into these catalogs (ids or slugs), or, absent, into the one that new ones join; unknown ones are refused. */
  readonly joinCatalogs: (
    db: Db,
    organizationId: string,
    joining: {
      readonly kind: 'provider'
      readonly id: string
      readonly catalogs: readonly string[] | undefined
      readonly at: number
      /** Whose change it is, where a catalog that is named is managed. */
      readonly configuration: string | undefined
    },
  ) => Promise<Result<{ readonly catalogs: readonly string[] }>>
  /** Takes it out of every catalog; answers which those were. */
  readonly leaveCatalogs: (
    db: Db,
    organizationId: string,
    leaving: { readonly kind: 'provider'; readonly id: string; readonly at: number },
  ) => Promise<{ readonly catalogs: readonly string[] }>
  /** Limits go with it, its own and those of its models. */
  readonly dropLimits?: (db: Db, organizationId: string, id: string, at: number) => Promise<void>
}

export const invalid = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer} ${detail}.`, errors: [{ pointer, detail }] })
