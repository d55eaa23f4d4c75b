import type { CallRecord } from '../fleet/records/schema.ts'

/** Calls of one batch, summed in each way that is kept. Every way has each row once, in the order of its columns. */
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
export function sumsOf(records: readonly CallRecord[], now: number): Sums {
  const uses = records.filter(isRequest).map((record) => useOf(record, now))
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

/** Refusals are none. An id of another form is nobody's, and a store might not even take it. */
const isRequest = ({ admitted, organization, key, version }: CallRecord): boolean =>
  admitted && version <= highestVersion && keyForm.test(key) && organizationForm.test(organization)
/** What stores take for one. */
const highestVersion = 2 ** 31 - 1
const keyForm = /^key_[0-9A-Za-z]{16}$/
const organizationForm = /^org_[0-9A-Za-z]{16}$/

type WholeUse = ClientUse & CallUse

const useOf = (record: CallRecord, now: number): WholeUse => {
  const at = withinTime(record.at, now)
  return {
    organizationId: record.organization,
    key: record.key,
    version: record.version,
    client: storable(record.client),
    address: storable(record.address),
    server: storable(record.server ?? record.provider ?? ''),
    tool: storable(record.tool ?? record.model ?? ''),
    requests: 1,
    firstAt: at,
    lastAt: at,
  }
}

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
