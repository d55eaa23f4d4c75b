import { randomBytes } from 'node:crypto'
import { type ChainedEvent, genesis, hashAfter } from '../src/audit/chain.ts'
import { type Checkpoint, signerOf } from '../src/audit/checkpoint.ts'

/** Exports of an audit log as control writes them, without a control. */

// biome-ignore lint/suspicious/noExplicitAny: a line is whatever an attacker has made of it
export type Line = any
type Event = Omit<ChainedEvent, 'organization'> & { readonly hash: string }

export const organization = 'org_0000000000000001'
export const signer = signerOf(randomBytes(32))
export const keys = [signer.publicKey]
export const begun = Date.parse('2026-01-01T00:00:00Z')

export const eventAt = (seq: number) => ({
  id: `evt_${seq}`,
  seq,
  at: new Date(begun + seq * 1000).toISOString(),
  actor: { kind: 'member', id: 'mem_1', name: 'Ada' },
  action: 'key.created',
  subject: { kind: 'key', id: `key_${seq}`, name: 'ci' },
  after: { seq },
  requestId: `req_${seq}`,
  address: '203.0.113.7',
})

export const chained = (events: readonly Omit<Event, 'hash'>[], from = genesis): Event[] => {
  let { hash } = from
  return events.map((event) => {
    hash = hashAfter(hash, { ...event, organization })
    return { ...event, hash }
  })
}

export const checkpointAt = ({ seq, hash }: Event, more: Partial<Checkpoint> = {}): Checkpoint =>
  signer.sign({ organization, seq, hash, at: new Date(begun).toISOString(), ...more })

const manyEvents = (count: number): Event[] => chained(Array.from({ length: count }, (_, at) => eventAt(at + 1)))

/** An export of that many events, with a checkpoint behind each tenth. */
export function exportOf(count: number, events = manyEvents(count)): Line[] {
  const { seq, hash } = events.at(-1) ?? genesis
  const at = new Date(begun + 60_000).toISOString()
  return [
    { export: { organization, at, filter: {}, after: genesis, signingKeys: keys } },
    ...events.flatMap((event) => [event, ...(event.seq % 10 ? [] : [{ checkpoint: checkpointAt(event) }])]),
    { end: { seq, hash } },
  ]
}

export const textOf = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')
