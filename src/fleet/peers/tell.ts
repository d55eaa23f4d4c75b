import type { FeedState } from '../feed-state.ts'
import { type AttachedGateway, servesOrganization } from '../roster.ts'
import { type Session, sendFrame } from '../session.ts'
import { isOnThisMachine } from './machine.ts'
import type { Peer } from './schema.ts'

/** After a start of control its gateways come back within this time; before, nobody is said to be gone. */
export const settleMs = 5000

/** Somebody came, went or is elsewhere now: every gateway hears it that has not heard it yet. */
export function tellPeers(state: FeedState): void {
  const isPartial = state.deps.monotonic() - state.startedAt < settleMs
  for (const session of state.sessions) {
    const items = peersOf(session, state.sessions)
    const told = JSON.stringify([items, isPartial])
    if (session.peersTold === told) continue
    session.peersTold = told
    sendFrame(session.wire, { type: 'peers', items, isPartial })
  }
}

/** Of a gateway with two processes the one that came last: ids of sessions say the gateway. */
function peersOf({ gateway, peerUrl: own }: Session, sessions: ReadonlySet<Session>): Peer[] {
  const peers = new Map<string, Peer>()
  for (const { gateway: other, peerUrl, isRevoked } of sessions) {
    if (other.id === gateway.id || peerUrl === '' || isRevoked || !meet(gateway, other)) continue
    if (isLocal(peerUrl) && own !== '' && !isLocal(own)) continue
    const organizations = other.serves === 'all' ? null : [other.organizationId]
    peers.set(other.id, { gateway: other.id, url: peerUrl, organizations })
  }
  return [...peers.values()].toSorted((one, next) => (one.gateway < next.gateway ? -1 : 1))
}

/**
 * Where only this machine's own processes reach it. To a gateway with an address that others reach, probably of another
 * machine, it would be whoever has that port there.
 */
function isLocal(peerUrl: string): boolean {
  const url = URL.parse(peerUrl)
  return url !== null && isOnThisMachine(url.hostname)
}

const meet = (one: AttachedGateway, other: AttachedGateway): boolean =>
  other.serves === 'all' || servesOrganization(one, other.organizationId)
