import type { IncomingMessage } from 'node:http'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Authenticate, Caller } from '../authenticate.ts'
import type { Incoming } from '../incoming.ts'
import type { Message } from '../mcp/message.ts'
import type { SessionKey } from '../mcp/sessions.ts'
import { goesRound } from '../via.ts'
import { digestOfHeaders, hopPath, restore, takeHopHeader } from './carried.ts'
import { digestOf, openEnvelope } from './envelope.ts'

/** How a call came from another gateway. What it says was proved to be that gateway's word. */
export type Hop = {
  readonly from: string
  /** Under whose key it was sealed; that gateway speaks for keys of no other. */
  readonly organization: string
  /** Of the client, as the other gateway has seen it. */
  readonly address: string
  readonly isProxy: boolean
  readonly requestId: string
  /** SHA-256 of the body that must come. */
  readonly body: string
  /** Goes into the answer. */
  readonly proof: string
}
/** Null: an ordinary call. A hop that is not in order is refused; it is never taken for a call of its sender's own. */
export type Arrive = (request: IncomingMessage) => Result<Hop> | null

type Deps = {
  readonly gatewayId: () => string
  /** Session keys of an organization, newest first. */
  readonly keysOf: (organization: string) => readonly SessionKey[]
  readonly now: () => number
  /** Default: 200,000 of each organization. */
  readonly mostNonces?: number
}

/** How long an envelope holds, by the wall clocks of both gateways. */
export const envelopeMs = 10_000
/** Of one organization; each stays until it is over. More at a time than any gateway can serve. */
const nonces = 200_000

export function createArrivals(deps: Deps): Arrive {
  const isNew = createNonces(deps.now, deps.mostNonces ?? nonces)
  return (request) => {
    const header = takeHopHeader(request)
    if (header === null) return null
    const opened = openEnvelope(deps.gatewayId(), deps.keysOf, header)
    if (opened === null || request.url !== hopPath) return notOurs
    const { from, organization, envelope, nonce, proof } = opened
    const { address, isProxy, requestId, body, expiresAt } = envelope
    const left = expiresAt - deps.now()
    // Two clocks: one that is ahead of ours may say that much more, and is remembered that much longer.
    if (left <= 0 || left > 2 * envelopeMs) return notOurs
    if (envelope.method !== request.method || envelope.headers !== digestOfHeaders(request.headers)) return notOurs
    if (!isNew(organization, nonce, expiresAt) || !restore(request, envelope)) return notOurs
    if (goesRound(request.headers.via, deps.gatewayId())) return loop
    return ok({ from, organization, address, isProxy, requestId, body, proof })
  }
}

/** A door for gateways and for nobody else: what is no hop is not answered, whatever it asks. */
export const onlyHops =
  (arrive: Arrive, isOwnHost: (host: string | undefined) => boolean): Arrive =>
  (request) => {
    const { host } = request.headers
    const hop = arrive(request)
    return isOwnHost(host) && hop !== null ? hop : notOurs
  }

/**
 * Was it never seen before? When all places are taken the answer is no: forgetting one would let it in twice. Each
 * organization has its own, or a gateway of one could take those of all.
 */
function createNonces(now: () => number, most: number) {
  const byOrganization = new Map<string, Map<string, number>>()
  return (organization: string, nonce: string, expiresAt: number): boolean => {
    const seen = byOrganization.get(organization) ?? new Map<string, number>()
    byOrganization.set(organization, seen)
    // Nearly in the order of their end: those that are over stand in front.
    for (const [old, end] of seen) {
      if (end > now()) break
      seen.delete(old)
    }
    if (seen.has(nonce) || seen.size >= most) return false
    seen.set(nonce, expiresAt)
    return true
  }
}

/** A gateway of one organization must not say from where the keys of another are used. */
export const authenticatingHops =
  (authenticate: Authenticate): Authenticate =>
  (call) => {
    const { hop } = call
    const caller = authenticate(call)
    if (!hop) return caller
    const own = (it: Result<Caller>) => (it.ok && it.value.key.organization !== hop.organization ? foreign : it)
    return caller instanceof Promise ? caller.then(own) : own(caller)
  }

type Read = (call: Incoming, noteId: (id: Message['id']) => void) => Result<Message> | Promise<Result<Message>>

/** The body must be the one that the other gateway has read. */
export const readingHops =
  (read: Read): Read =>
  (call, noteId) => {
    const { hop } = call
    const message = read(call, noteId)
    if (!hop) return message
    return message instanceof Promise ? message.then((it) => checked(hop, it)) : checked(hop, message)
  }

const nothing = Buffer.alloc(0)
const checked = ({ body }: Hop, message: Result<Message>): Result<Message> =>
  message.ok && digestOf(message.value.bytes ?? nothing) !== body ? otherBody : message

const notOurs = refuse('header_mismatch', {
  detail: 'The header Ostiary-Hop is what gateways say to each other. Send none.',
})
const foreign = refuse('key_invalid')
const otherBody = refuse('header_mismatch', { detail: 'The body is not the one that was handed on.' })
const loop = refuse('loop_detected', { detail: 'The call has been at this gateway before.' })
