import { type Backing, backingOf, catalogsOf, type Records } from '../access/backing.ts'
import type { CatalogRecord } from '../catalogs/schema.ts'
import type { KeyRecord } from '../keys/schema.ts'

type Scope = KeyRecord['scope']
/** What follows from the records of one organization, as far as somebody has asked. */
type Known = {
  readonly backings: WeakMap<KeyRecord['owner'], WeakMap<Scope, Backing>>
  readonly catalogs: Map<string, readonly CatalogRecord[] | null>
}

/**
 * What stands behind a key, worked out once for all that have its owner and its scope: two looks per call. The snapshot
 * answers other records as soon as anything of them has changed, so nothing outlives a change and nobody has to be told.
 */
export function createBackings(): (key: KeyRecord, records: Records) => Backing {
  const known = new WeakMap<Records, Known>()
  let last: { readonly records: Records; readonly known: Known } | null = null
  const knownOf = (records: Records): Known => {
    if (last?.records === records) return last.known
    const held = known.get(records) ?? { backings: new WeakMap(), catalogs: new Map() }
    known.set(records, held)
    last = { records, known: held }
    return held
  }
  return (key, records) => {
    const of = knownOf(records)
    const byScope = of.backings.get(key.owner) ?? new WeakMap<Scope, Backing>()
    const held = byScope.get(key.scope)
    if (held !== undefined) return held
    const backing = backingOf(key, records, remembering(of))
    of.backings.set(key.owner, byScope.set(key.scope, backing))
    return backing
  }
}

/** A thousand keys of one owner ask the same of every team and catalog. */
const remembering =
  ({ catalogs }: Known): typeof catalogsOf =>
  (owner, records) => {
    if (owner === null) return null
    const name = `${owner.type} ${owner.id}`
    const held = catalogs.get(name)
    if (held !== undefined) return held
    const found = catalogsOf(owner, records)
    catalogs.set(name, found)
    return found
  }
