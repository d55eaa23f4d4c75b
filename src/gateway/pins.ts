import { networkOf } from '../keys/network.ts'
import type { KeyRecord } from '../keys/schema.ts'
import type { Incoming } from './incoming.ts'
import type { Sightings } from './sightings.ts'
import type { Snapshot } from './snapshot.ts'

/**
 * Networks that keys with a pin were first used from, until control says the same in the record: between the first call
 * and its word a second network would have its turn.
 */
export type Pins = {
  /** The record as it is decided on. */
  readonly pinned: (key: KeyRecord) => KeyRecord
  /** The key was admitted. */
  readonly used: (key: KeyRecord, call: Incoming) => void
  /** The key was refused for where it came from. */
  readonly refused: (key: KeyRecord, call: Incoming) => void
}

type Deps = {
  readonly snapshot: Pick<Snapshot, 'onChange' | 'key'>
  readonly sightings: Pick<Sightings, 'network'>
}

export function createPins({ snapshot, sightings }: Deps): Pins {
  const first = new Map<string, string>()
  const known = new WeakMap<KeyRecord, KeyRecord>()
  const look = (id: string): void => {
    const pin = snapshot.key(id)?.pin
    if (pin?.network !== null) first.delete(id)
  }
  snapshot.onChange((change) => {
    if (change.kind === 'key') look(change.id)
    if (change.kind === 'all') for (const id of [...first.keys()]) look(id)
  })
  return {
    pinned: (key) => {
      if (key.pin === null || key.pin.network !== null) return key
      const network = first.get(key.id)
      if (network === undefined) return key
      const held = known.get(key)
      if (held?.pin?.network === network) return held
      const pinned = { ...key, pin: { network } }
      known.set(key, pinned)
      return pinned
    },
    used: (key, call) => {
      if (key.pin === null) return
      const record = snapshot.key(key.id)
      if (record?.pin?.network !== null) return
      const network = first.get(key.id) ?? networkOf(call.address)
      // No call from there was admitted, so none comes here.
      if (network === null) return
      first.set(key.id, network)
      // Again from time to time, until control has it: its first word may have been lost with a connection.
      sightings.network(key, call, network)
    },
    refused: (key, call) => {
      const network = networkOf(call.address)
      if (network !== null) sightings.network(key, call, network)
    },
  }
}
