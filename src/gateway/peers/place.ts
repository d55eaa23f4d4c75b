import { admits } from '../../access/choice.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { Caller } from '../authenticate.ts'
import type { Incoming } from '../incoming.ts'
import type { Sessions } from '../mcp/sessions.ts'
import { holderOf } from '../target.ts'
import { sessionIdOf } from '../upstream-headers.ts'
import type { Peers } from './peers.ts'

/** Where a call to one server runs, and in which session of the server. */
export type Place = {
  /** The server's own session id; null without a session, and where another gateway knows it. */
  readonly sessionId: string | null
  /** Null: here. */
  readonly elsewhere: { readonly gateway: string; readonly mayRunHere: boolean } | null
}

type Deps = {
  readonly sessions: Pick<Sessions, 'open'>
  readonly peers: Pick<Peers, 'isThere' | 'ownerOf'>
  readonly gatewayId: () => string
}

/** A session of a process is where it began; a process that nobody has begun yet belongs to one gateway of the fleet. */
export const placing =
  ({ sessions, peers, gatewayId }: Deps) =>
  (caller: Caller, server: ServerRecord, call: Incoming): Result<Place> => {
    const { key } = caller
    const isHandedOn = Boolean(call.hop)
    const presented = sessionIdOf(call.request.headers)
    if (presented === null) {
      const gateway =
        call.request.method === 'POST' && runsOnce(server) ? homeOf({ peers, gatewayId }, caller, call) : null
      return gateway === null ? withoutSession : ok({ sessionId: null, elsewhere: { gateway, mayRunHere: true } })
    }
    const found = sessions.open(holderOf(caller, server), presented, server.transport.type !== 'http')
    if (found === null) return unknownSession
    if ('here' in found) return ok({ sessionId: found.here, elsewhere: null })
    const gateway = found.elsewhere
    // A call is handed on once: two gateways that disagree about a session must not send it to and fro.
    if (isHandedOn || !peers.isThere(gateway, key.organization)) return unknownSession
    return ok({ sessionId: null, elsewhere: { gateway, mayRunHere: false } })
  }

/** A process of it is there once in the fleet for each subject. */
export const runsOnce = ({ transport, perGateway }: ServerRecord): boolean => transport.type === 'stdio' && !perGateway

/**
 * The gateway that runs what must run once for the owner of the key; null: this one. All of a person's processes are on
 * one, so that the address of one server and that of all find the same.
 */
export function homeOf(
  { peers, gatewayId }: Pick<Deps, 'gatewayId'> & { readonly peers: Pick<Peers, 'ownerOf'> },
  { key }: Caller,
  call: Incoming,
): string | null {
  if (call.hop) return null
  const gateway = peers.ownerOf(key.organization, key.owner.id)
  // A key that may not use that gateway keeps its process here.
  return gateway === gatewayId() || !admits(key.scope.gateways, gateway) ? null : gateway
}

const withoutSession: Result<Place> = ok({ sessionId: null, elsewhere: null })
const unknownSession = refuse('session_unknown')
