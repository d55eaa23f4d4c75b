import type { Sighting } from '../fleet/schema.ts'
import { createBounded } from '../keys/bounded.ts'
import { sourceOf } from '../keys/network.ts'
import type { KeyRecord } from '../keys/schema.ts'
import type { Incoming } from './incoming.ts'
import { createSaid } from './usage/said.ts'

/** What somebody should hear of at once. Tell of keys whose secret was proved and of no others: strangers could cry wolf. */
export type Sightings = {
  /** A decoy was presented. */
  readonly honey: (key: KeyRecord, call: Incoming) => void
  /** A browser's page has the key. */
  readonly browser: (key: KeyRecord, call: Incoming) => void
  /** A key that belongs to one network was presented from this one. */
  readonly network: (key: KeyRecord, call: Incoming, network: string) => void
}

type Deps = {
  readonly report: (sighting: Sighting) => void
  readonly clientOf: (headers: Incoming['request']['headers']) => string
  readonly now: () => number
  /** Milliseconds; only differences count. */
  readonly monotonic: () => number
}

const minuteMs = 60_000
/** One word each is enough: whoever presents a decoy a thousand times a second must not fill anything. */
const againAfterMs = { honey: minuteMs, browser: 60 * minuteMs, network: minuteMs } as const
const remembered = 10_000
const longestOrigin = 256

export function createSightings(deps: Deps): Sightings {
  const said = createSaid(longestOrigin)
  const toldAt = createBounded<number>(remembered)
  const isNews = (kind: Sighting['kind'], name: string): boolean => {
    const now = deps.monotonic()
    const slot = `${kind} ${name}`
    const last = toldAt.get(slot)
    if (last !== undefined && now - last < againAfterMs[kind]) return false
    toldAt.set(slot, now)
    return true
  }
  const tell = (kind: Sighting['kind'], key: KeyRecord, call: Incoming, what: string): void => {
    const client = deps.clientOf(call.request.headers)
    const { address } = call
    deps.report({ organization: key.organization, key: key.id, kind, address, client, what, at: deps.now() })
  }
  return {
    honey: (key, call) => {
      // One customer has a whole /64, and could use another address of it for each call.
      if (isNews('honey', `${key.id} ${sourceOf(call.address)}`)) tell('honey', key, call, '')
    },
    browser: (key, call) => {
      if (isNews('browser', key.id)) tell('browser', key, call, said(call.request.headers.origin ?? ''))
    },
    network: (key, call, network) => {
      if (isNews('network', `${key.id} ${network}`)) tell('network', key, call, network)
    },
  }
}
