import { rootOf } from '../audit/local/layout.ts'
import { linesOf, placesIn } from '../audit/local/read.ts'
import type { LocalEvent, LocalLog } from '../audit/schema.ts'

export type LocalQuery = {
  readonly dataDir: string
  /** Id of a key; absent: every key. */
  readonly key?: string | undefined
  /** First instant, and the instant before which, in ms. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/**
 * What the gateways of this data directory keep of the life of their keys, oldest first. Reads files and asks nobody, so
 * it works while control is down, and the gateway too. Null: no gateway has kept anything here.
 */
export async function gatewayAudit({ dataDir, key, from, to }: LocalQuery): Promise<LocalLog | null> {
  const places = await placesIn(rootOf(dataDir))
  if (places.length === 0) return null
  // Sent again after a crash, an event may stand there twice.
  const found = new Map<string, LocalEvent>()
  let [damaged, oldest, newest]: [number, string | null, string | null] = [0, null, null]
  for (const { gateway, organization, path } of places)
    for await (const line of linesOf(path)) {
      if (line === null) damaged += 1
      if (line === null || 'checkpoint' in line) continue
      if (oldest === null || line.at < oldest) oldest = line.at
      if (newest === null || line.at > newest) newest = line.at
      const at = Date.parse(line.at)
      const isAsked = key === undefined || line.subject.id === key
      if (!isAsked || at < (from ?? -Infinity) || at >= (to ?? Infinity)) continue
      found.set(`${gateway} ${organization} ${line.seq} ${line.hash}`, { gateway, organization, event: line })
    }
  const items = [...found.values()].toSorted(inOrder)
  return { items, from: oldest, to: newest, damaged }
}

const inOrder = (one: LocalEvent, other: LocalEvent): number =>
  one.organization === other.organization
    ? one.event.seq - other.event.seq
    : one.organization < other.organization
      ? -1
      : 1
