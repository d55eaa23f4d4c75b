import type { Db } from '../../db/database.ts'
import type { Filter } from './conditions/store.ts'
import { compared, type Place, placeOf } from './order.ts'
import { type Found, listKeys, type Page } from './store.ts'

/** Far below the parameters that one statement takes on either store. */
const ownersAtOnce = 10_000

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
  const total = found.reduce((sum, { counted }) => sum + counted.total, 0)
  const isAll = found.every(({ counted }) => counted.isAll)
  return { keys: keys.slice(0, page.limit).map(({ key }) => key), lookedTo, counted: { total, isAll } }
}

function partsOf(filter: Filter): Filter[] {
  const { ownerIds } = filter
  if (ownerIds === null || ownerIds.length <= ownersAtOnce) return [filter]
  const starts = Array.from({ length: Math.ceil(ownerIds.length / ownersAtOnce) }, (_, n) => n * ownersAtOnce)
  return starts.map((at) => ({ ...filter, ownerIds: ownerIds.slice(at, at + ownersAtOnce) }))
}
