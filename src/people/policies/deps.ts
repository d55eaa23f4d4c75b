import type { Db } from '../../db/database.ts'
import type { Place } from './page.ts'
import type { KeyPolicies, Touched } from './schema.ts'

/** The policies of an organization as one thing, whether they stand in a column of their own or not. */
export type Ruling = {
  readonly policies: KeyPolicies
  readonly maxStalenessSeconds: number
  readonly mixedEnvironments: 'refused' | 'with-reason'
}

type Find = (
  db: Db,
  organizationId: string,
  names: readonly string[],
) => Promise<ReadonlyMap<string, { readonly id: string }>>

/** What policies ask of other domains. */
export type PolicyDeps = {
  readonly policyLinks: {
    /** By id or slug, those that there are. */
    readonly servers: Find
    readonly providers: Find
    /** An address or a CIDR block. */
    readonly isNetwork: (text: string) => boolean
    /** Keys that the one ruling allows and the other does not, by id. Looked through in pages, beside other work. */
    readonly touched: (organizationId: string, from: Ruling, to: Ruling, after: Place | null) => Promise<Touched>
  }
}
