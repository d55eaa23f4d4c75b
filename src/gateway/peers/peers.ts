import type { Peer } from '../../fleet/peers/schema.ts'
import type { Answer } from '../answer.ts'
import type { Ending } from '../forward.ts'
import type { Incoming } from '../incoming.ts'

/** The other gateways, as far as calls of an organization may go on to them. */
export type Peers = {
  readonly learn: (peers: readonly Peer[]) => void
  /** True: that gateway is attached and can be reached from here. */
  readonly isThere: (gateway: string, organization: string) => boolean
  /** Which gateway runs what must run once in the fleet; this one where there is no other. */
  readonly ownerOf: (organization: string, name: string) => string
  /** Hands the call on as it came; the other gateway proves and decides everything again. */
  readonly forward: (gateway: string, call: Incoming, body: Buffer | null, answer: Answer) => Promise<Ending>
}

/** Nobody but this one. */
export const createPeers = (): Pick<Peers, 'learn'> => ({ learn: () => {} })
