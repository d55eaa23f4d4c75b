import type { UsageItem } from '../fleet/schema.ts'

/** Calls of one report, summed in each way that is kept. Every way has each row once, in the order of its columns. */
export type Sums = {
  readonly keys: readonly KeyUse[]
  readonly versions: readonly VersionUse[]
  readonly clients: readonly ClientUse[]
  readonly calls: readonly CallUse[]
}
export type Use = {
  readonly organizationId: string
  readonly key: string
  readonly requests: number
  readonly firstAt: number
  readonly lastAt: number
}
export type KeyUse = Use
export type VersionUse = Use & { readonly version: number }
export type ClientUse = VersionUse & { readonly client: string; readonly address: string }
export type CallUse = Use & { readonly server: string; readonly tool: string }

/** `now` is control's: a gateway whose clock is ahead must not push a key to the end of every list. */
export function sumsOf(items: readonly UsageItem[], now: number): Sums {
  const uses = items.filter(isOfKey).map((item) => useOf(item, now))
  return {
    keys: summed(uses, (use) => [use.organizationId, use.key]),
    versions: summed(
      uses.filter(({ version }) => version > 0),
      (use) => [use.organizationId, use.key, use.version],
    ),
    clients: summed(uses, (use) => [use.organizationId, use.key, use.version, use.client, use.address]),
    calls: summed(uses, (use) => [use.organizationId, use.key, use.server, use.tool]),
  }
}

/** Those of keys that are there. */
export const within = <T extends Use>(uses: readonly T[], live: ReadonlySet<string>): T[] =>
  uses.filter((use) => live.has(nameOf(use)))
export const nameOf = ({ organizationId, key }: Pick<Use, 'organizationId' | 'key'>): string =>
  `${organizationId} ${key}`

/** An id of another form is nobody's, and a store might not even take it. */
const isOfKey = ({ organization, key, version, requests }: UsageItem): boolean =>
  requests > 0 && version <= highestVersion && keyForm.test(key) && organizationForm.test(organization)
/** What stores take for one. */
const highestVersion = 2 ** 31 - 1
const keyForm = /^key_[0-9A-Za-z]{16}$/
const organizationForm = /^org_[0-9A-Za-z]{16}$/

type WholeUse = ClientUse & CallUse

const useOf = (item: UsageItem, now: number): WholeUse => ({
  organizationId: item.organization,
  key: item.key,
  version: item.version,
  client: storable(item.client),
  address: storable(item.address),
  server: storable(item.server),
  tool: storable(item.tool),
  requests: Math.min(item.requests, mostRequests),
  firstAt: withinTime(item.firstAt, now),
  lastAt: withinTime(item.lastAt, now),
})

/** Of one group in one report, and more than a gateway can serve: one that lies must not make the sums inexact for good. */
const mostRequests = 1e9

/** An instant that no calendar knows could be written, and then no list that shows it could be read. */
const withinTime = (at: number, now: number): number => Math.max(0, Math.min(at, now))

/** One spelling for what a store would write alike, and none of what it cannot write: two rows would be one there. */
const storable = (text: string): string => text.replaceAll('\0', '').toWellFormed()

function summed<T extends Use>(uses: readonly T[], columns: (use: T) => readonly (string | number)[]): T[] {
  const byName = new Map<string, T>()
  for (const use of uses) {
    const name = JSON.stringify(columns(use))
    const known = byName.get(name)
    byName.set(name, known === undefined ? use : together(known, use))
  }
  // Who writes the same rows at the same time takes them in the same order, so that nobody waits in a circle.
  return [...byName].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, use]) => use)
}

const together = <T extends Use>(one: T, other: T): T => ({
  ...one,
  requests: one.requests + other.requests,
  firstAt: Math.min(one.firstAt, other.firstAt),
  lastAt: Math.max(one.lastAt, other.lastAt),
})
