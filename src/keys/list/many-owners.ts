import type { Db } from '../../db/database.ts'
import { type Counted, countKeys, type Filter, type Found, listKeys, type Page, placeOf } from './store.ts'

/** Far below the parameters that one statement takes on either store. */
const ownersAtOnce = 10_000

type Place = readonly (string | number)[]

/** As `listKeys`, of however many owners: of each part of them the page that it would be, and of these the first. */
export async function listKeysOf(
  db: Db,
  organizationId: string,
  filter: Filter,
  page: Page,
  now: number,
): Promise<Found> {
  const found: Found[] = []
  for (const part of partsOf(filter)) found.push(await listKeys(db, organizationId, part, page, now))
  const [only] = found
  if (only && found.length === 1) return only
  const inOrder = (one: Place, other: Place) => (page.descending ? compared(other, one) : compared(one, other))
  const [lookedTo = null] = found.flatMap((part) => (part.lookedTo ? [part.lookedTo] : [])).toSorted(inOrder)
  const keys = found
    .flatMap((part) => part.keys.map((key) => ({ key, place: placeOf(page.sort, key) })))
    // Behind that place one part has rows which nobody has looked at yet.
    .filter(({ place }) => lookedTo === null || inOrder(place, lookedTo) <= 0)
    .toSorted((one, other) => inOrder(one.place, other.place))
  return { keys: keys.slice(0, page.limit).map(({ key }) => key), lookedTo }
}

export async function countKeysOf(db: Db, organizationId: string, filter: Filter, now: number): Promise<Counted> {
  let [total, isAll] = [0, true]
  for (const part of partsOf(filter)) {
    const counted = await countKeys(db, organizationId, part, now)
    total += counted.total
    isAll &&= counted.isAll
  }
  return { total, isAll }
}

function partsOf(filter: Filter): Filter[] {
  const { ownerIds } = filter
  if (ownerIds === null || ownerIds.length <= ownersAtOnce) return [filter]
  const starts = Array.from({ length: Math.ceil(ownerIds.length / ownersAtOnce) }, (_, n) => n * ownersAtOnce)
  return starts.map((at) => ({ ...filter, ownerIds: ownerIds.slice(at, at + ownersAtOnce) }))
}

/** As both stores sort: texts byte by byte. */
function compared(one: Place, other: Place): number {
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
