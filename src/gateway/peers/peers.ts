import type { Dispatcher } from 'undici'
import { isOnThisMachine } from '../../fleet/peers/machine.ts'
import type { Peer, Peers as PeersFrame } from '../../fleet/peers/schema.ts'
import { refuse } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Ending } from '../forward.ts'
import type { Incoming } from '../incoming.ts'
import type { SessionKey } from '../mcp/sessions.ts'
import { envelopeMs } from './arrival.ts'
import { carriedHeaders, credentialOf, digestOfHeaders, hopHeader, hopPath, pathOf } from './carried.ts'
import { digestOf, type Envelope, sealEnvelope } from './envelope.ts'
import { Journey, type Journeyed } from './journey.ts'
import { ownerAmong } from './owner.ts'

/** The other gateways, as far as calls of an organization may go on to them. */
export type Peers = {
  readonly learn: (told: Pick<PeersFrame, 'items' | 'isPartial'>) => void
  /** True: that gateway is attached and can be reached from here. */
  readonly isThere: (gateway: string, organization: string) => boolean
  /** Which gateway runs what must run once in the fleet; this one where there is no other. */
  readonly ownerOf: (organization: string, name: string) => string
  /**
   * Hands the call of a caller who was proved here on as it came; the other gateway proves and decides everything again.
   * Refused with `session_unknown` where that gateway cannot be reached.
   */
  readonly forward: (gateway: string, call: Incoming, body: Buffer | null, answer: Answer) => Promise<Ending>
  /** The same; null: that gateway has not got it and nothing was answered, so it may be served here. */
  readonly offer: (gateway: string, call: Incoming, body: Buffer | null, answer: Answer) => Promise<Ending | null>
  readonly close: () => Promise<void>
}

type Pool = Pick<Dispatcher, 'dispatch'> & { readonly close: () => Promise<void> }

export type PeersDeps = {
  readonly gatewayId: () => string
  /** Where others reach this one; empty: nowhere. */
  readonly ownUrl: () => string
  /** Session keys of an organization, newest first. */
  readonly keysOf: (organization: string) => readonly SessionKey[]
  readonly openPool: (origin: string) => Pool
  /** Plain HTTP beyond this machine. */
  readonly mayUseHttp: boolean
  readonly now: () => number
  readonly monotonic: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly log: { readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

type Known = {
  readonly peer: Peer
  readonly pool: Pool
  /** Nothing that may run anywhere is offered to it before. */
  shunnedUntil: number
}

/** One that could not be reached is not asked at every call whether it can be by now. */
const shunnedMs = 5000

export function createPeers(deps: PeersDeps): Peers {
  const known = new Map<string, Known>()
  const forget = (gateway: string): void => {
    const held = known.get(gateway)
    known.delete(gateway)
    // Ends when its last call has ended.
    held?.pool.close().catch(() => {})
  }
  const serving = (gateway: string, organization: string): Known | null => {
    const held = known.get(gateway)
    return held && serves(held.peer, organization) ? held : null
  }
  const offer: Peers['offer'] = async (gateway, call, body, answer) => {
    // Handed on once and no further: two that disagree about who runs what must not send a call to and fro.
    if (call.hop) return null
    const held = known.get(gateway)
    const how: Journeyed = held ? await send(deps, held, call, body, answer) : unknown
    if (how.kind !== 'unreached') return how
    if (held && how.isGateways) held.shunnedUntil = deps.monotonic() + shunnedMs
    deps.log.warn({ requestId: call.requestId, peer: gateway, why: how.why }, 'another gateway was not reached')
    return null
  }
  return {
    learn: ({ items, isPartial }) => {
      const wanted = new Map(items.filter((peer) => isUsable(deps, peer)).map((peer) => [peer.gateway, peer]))
      for (const gateway of known.keys()) if (!isPartial && !wanted.has(gateway)) forget(gateway)
      for (const peer of wanted.values()) {
        const held = known.get(peer.gateway)
        if (held?.peer.url === peer.url) {
          known.set(peer.gateway, { ...held, peer })
          continue
        }
        forget(peer.gateway)
        known.set(peer.gateway, { peer, pool: deps.openPool(peer.url), shunnedUntil: 0 })
      }
    },
    isThere: (gateway, organization) => serving(gateway, organization) !== null,
    ownerOf: (organization, name) => {
      const now = deps.monotonic()
      const others = [...known.values()].filter((one) => one.shunnedUntil <= now && serves(one.peer, organization))
      const own = deps.gatewayId()
      return others.length === 0 ? own : ownerAmong([own, ...others.map(({ peer }) => peer.gateway)], name)
    },
    offer,
    forward: async (gateway, call, body, answer) =>
      (await offer(gateway, call, body, answer)) ?? { kind: 'refused', problem: lost },
    close: async () => {
      const pools = [...known.values()].map(({ pool }) => pool)
      known.clear()
      await Promise.allSettled(pools.map((pool) => pool.close()))
    },
  }
}

const lost = refuse('session_unknown').problem
const unknown = { kind: 'unreached', why: 'not known', isGateways: true } as const
const keyless = { kind: 'unreached', why: 'no session key', isGateways: false } as const

const serves = ({ organizations }: Peer, organization: string): boolean =>
  organizations === null || organizations.includes(organization)

/**
 * A gateway's own address is this machine's on every machine; and what travels to another is not for others to read. Each
 * says its address itself: what is more than an origin would throw where the pool is opened, and end this process.
 */
function isUsable({ gatewayId, ownUrl, mayUseHttp }: PeersDeps, { gateway, url }: Peer): boolean {
  const parsed = URL.parse(url)
  if (
    parsed === null ||
    parsed.href !== `${parsed.origin}/` ||
    gateway === gatewayId() ||
    parsed.origin === URL.parse(ownUrl())?.origin
  )
    return false
  if (parsed.protocol === 'https:') return true
  return parsed.protocol === 'http:' && (mayUseHttp || isOnThisMachine(parsed.hostname))
}

function send(
  deps: PeersDeps,
  { peer, pool }: Known,
  call: Incoming,
  body: Buffer | null,
  answer: Answer,
): Promise<Journeyed> {
  const { request, address, isProxy, requestId, facts } = call
  const { organization } = facts
  const newest = organization === null ? undefined : deps.keysOf(organization)[0]
  // Only a call of somebody who was proved has an organization.
  if (organization === null || !newest) return Promise.resolve(keyless)
  const method = methodOf(request.method)
  const envelope: Envelope = {
    address,
    isProxy,
    method,
    path: pathOf(call),
    credential: credentialOf(request),
    via: request.headers.via ?? null,
    headers: digestOfHeaders(request.headers),
    body: digestOf(body ?? ''),
    requestId,
    expiresAt: deps.now() + envelopeMs,
  }
  const between = { from: deps.gatewayId(), to: peer.gateway, organization }
  const { header, proof } = sealEnvelope(between, newest, deps.randomBytes(12), envelope)
  const headers = [...carriedHeaders(request.headers), hopHeader, header]
  return new Promise((resolve) => {
    // No limit of time here: the other gateway waits for its server as it has been told to.
    const options = { path: hopPath, method, headers, body, headersTimeout: 0, bodyTimeout: 0 }
    pool.dispatch(options, new Journey(answer, proof, resolve))
  })
}

const methodOf = (method: string | undefined): Envelope['method'] =>
  method === 'GET' || method === 'DELETE' ? method : 'POST'
