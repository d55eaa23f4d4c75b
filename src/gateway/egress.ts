import type { Socket } from 'node:net'
import { Agent, buildConnector, Pool as ConnectionPool, fetch as send } from 'undici'
import { EgressRefused, judgedLookup, type LookUp } from '../http/egress/lookup.ts'
import { problemOfAddress, problemOfHost, type Reach } from '../http/egress/reach.ts'
import type { Fetch } from './mcp/health-http.ts'
import type { Pool } from './prepared.ts'

/** Whose connections they are, and how long one may take to stand, ms. */
export type PoolOptions = { readonly organization: string; readonly connectMs: number }
export type OpenPool = (origin: string, options: PoolOptions) => Pool

/** The one way out of a gateway: every connection to a server is made here, to an address that was judged. */
export type Egress = {
  readonly openPool: OpenPool
  /** As `fetch`; for looking at the servers of an organization. */
  readonly fetchFor: (organization: string) => Fetch
  /** The organization's policy may be another one, null: everyone's. Connections that it does not allow any more end now. */
  readonly changed: (organization: string | null) => void
  readonly close: () => Promise<void>
}

type Deps = {
  /** What holds now; asked for each connection. */
  readonly reachOf: (organization: string) => Reach
  readonly lookUp: LookUp
}

/** Below the 5 s after which node's own servers close idle connections without saying so. */
const idleConnectionMs = 4000
const probeConnectMs = 5000

export function createEgress(deps: Deps): Egress {
  const open = new Map<string, Set<Socket>>()
  const agents = new Map<string, Agent>()
  const connectorFor = (options: PoolOptions) => createConnector(deps, open, options)
  const agentOf = (organization: string): Agent => {
    const held = agents.get(organization)
    if (held) return held
    const connect = connectorFor({ organization, connectMs: probeConnectMs })
    const agent = new Agent({ allowH2: false, keepAliveTimeout: idleConnectionMs, connect })
    agents.set(organization, agent)
    return agent
  }
  return {
    // Unbounded: with a bound, that many open streams would block every call to the server.
    openPool: (origin, options) =>
      new ConnectionPool(origin, {
        connections: null,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: idleConnectionMs,
        connect: connectorFor(options),
      }),
    fetchFor: (organization) => fetchThrough(() => agentOf(organization)),
    changed: (organization) => {
      const whose = organization === null ? [...open.keys()] : [organization]
      for (const one of whose) endForbidden(open.get(one) ?? new Set(), deps.reachOf(one))
    },
    close: async () => {
      await Promise.allSettled([...agents.values()].map((agent) => agent.destroy()))
      agents.clear()
    },
  }
}

function createConnector({ reachOf, lookUp }: Deps, open: Map<string, Set<Socket>>, options: PoolOptions) {
  const { organization, connectMs } = options
  const connect = buildConnector({
    allowH2: false,
    timeout: connectMs,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    lookup: judgedLookup(lookUp, (address) => problemOfAddress(address, reachOf(organization))),
  })
  const judged: buildConnector.connector = (target, done) => {
    // No lookup is called for an address that stands in the URL itself.
    const problem = problemOfTarget(target.hostname, reachOf(organization))
    if (problem !== null) return void done(new EgressRefused(problem), null)
    connect(target, (...outcome) => {
      const [error, socket] = outcome
      if (error !== null) return done(error, null)
      const wrong = problemOfAddress(socket.remoteAddress ?? '', reachOf(organization))
      if (wrong === null) {
        keep(open, organization, socket)
        return done(null, socket)
      }
      // The policy has changed meanwhile.
      socket.destroy()
      done(new EgressRefused(wrong), null)
    })
  }
  return judged
}

/** `hostname` as undici hands it on, IPv6 without brackets. */
function problemOfTarget(hostname: string, reach: Reach): string | null {
  const url = URL.parse(`http://${hostname.includes(':') ? `[${hostname.replace(/^\[|\]$/g, '')}]` : hostname}/`)
  return url === null ? 'The host is neither a name nor an address.' : problemOfHost(url, reach)
}

function keep(open: Map<string, Set<Socket>>, organization: string, socket: Socket): void {
  const sockets = open.get(organization) ?? new Set()
  open.set(organization, sockets.add(socket))
  socket.once('close', () => {
    sockets.delete(socket)
    if (sockets.size === 0 && open.get(organization) === sockets) open.delete(organization)
  })
}

function endForbidden(sockets: Set<Socket>, reach: Reach): void {
  for (const socket of [...sockets]) {
    const problem = problemOfAddress(socket.remoteAddress ?? '', reach)
    if (problem !== null) socket.destroy(new EgressRefused(problem))
  }
}

/** Of `init` what a client of MCP says; the rest of what `fetch` may be told has no business here. */
const fetchThrough =
  (dispatcher: () => Agent): Fetch =>
  async (url, init = {}) => {
    const { method = 'GET', body, signal } = init
    if (body !== undefined && body !== null && typeof body !== 'string') throw new TypeError('the body must be text')
    const headers = [...new Headers(init.headers)]
    const answer = await send(url, {
      method,
      headers,
      body: body ?? null,
      signal: signal ?? null,
      // A redirect would lead a credential to a host that nobody approved.
      redirect: 'error',
      dispatcher: dispatcher(),
    })
    const { status, statusText } = answer
    return new Response(answer.body, { status, statusText, headers: [...answer.headers] })
  }
