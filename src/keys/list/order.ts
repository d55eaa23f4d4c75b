import type { StoredKey } from '../store.ts'

export type SortName = 'name' | 'owner' | 'status' | 'createdAt' | 'expiresAt' | 'lastUsedAt' | 'requests'
/** Values of the sort columns and the id: what a cursor has to remember of the last row. */
export type Place = readonly (string | number)[]

/** As the columns of the same order: never expires comes last, never used first. */
const neverExpires = Number.MAX_SAFE_INTEGER
const neverUsed = 0

const valuesOf: Readonly<Record<SortName, (key: StoredKey) => Place>> = {
  name: ({ record }) => [record.name],
  owner: ({ record }) => [record.owner.name],
  status: ({ record }) => [record.state, record.expiresAt ?? neverExpires],
  createdAt: ({ createdAt }) => [createdAt],
  expiresAt: ({ record }) => [record.expiresAt ?? neverExpires],
  lastUsedAt: ({ lastUsedAt }) => [lastUsedAt ?? neverUsed],
  requests: ({ requests }) => [requests],
}

export const placeOf = (sort: SortName, key: StoredKey): Place => [...valuesOf[sort](key), key.record.id]

/** As both stores sort: texts byte by byte. */
export function compared(one: Place, other: Place): number {
  for (const [at, value] of one.entries()) {
    const against = other[at]
    const order =
      typeof value === 'number'
        ? value - Number(against)
        : Buffer.compare(Buffer.from(value), Buffer.from(String(against)))
    if (order !== 0) return order
  }
  return 0
}
