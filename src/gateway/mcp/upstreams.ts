import type { Dispatcher } from 'undici'
import { headerFor } from '../../credentials/injection.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Secret } from '../../secret.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { OpenPool } from '../egress.ts'
import type { Upstream } from '../forward.ts'
import { formsOf } from './scan.ts'

export type HttpServer = ServerRecord & { readonly transport: { readonly type: 'http'; readonly url: string } }
export const isHttp = (server: ServerRecord): server is HttpServer => server.transport.type === 'http'

export type Pool = Pick<Dispatcher, 'dispatch'> & { readonly close: () => Promise<void> }

type Deps = {
  readonly openPool: OpenPool
  /** Opens the sealed value of the server's credential; throws if it is not sealed to us. */
  readonly openCredential: (server: HttpServer) => Secret | null
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

export type Upstreams = {
  readonly of: (server: HttpServer) => Result<Upstream>
  /** The server is gone or another one now: nothing new goes through its connections. */
  readonly drop: (serverId: string) => void
  readonly close: () => Promise<void>
}

type Prepared = { readonly server: HttpServer; readonly pool: Pool; readonly upstream: Upstream }

/**
 * Connections and opened credentials, prepared once per state of a server. A pool belongs to one server and one version
 * of its credential, so no connection that one credential authenticated is ever used with another.
 */
export function createUpstreams(deps: Deps): Upstreams {
  const prepared = new Map<string, Prepared>()
  const drop = (serverId: string) => {
    const held = prepared.get(serverId)
    prepared.delete(serverId)
    // Ends when its last call has ended.
    held?.pool.close().catch(() => {})
  }
  return {
    of: (server) => {
      const held = prepared.get(server.id)
      if (held?.server === server) return ok(held.upstream)
      drop(server.id)
      try {
        const fresh = prepare(deps, server)
        prepared.set(server.id, fresh)
        return ok(fresh.upstream)
      } catch (error) {
        deps.log.error({ server: server.id, error }, 'a server could not be prepared')
        return refuse('internal')
      }
    },
    drop,
    close: async () => {
      const pools = [...prepared.values()].map(({ pool }) => pool)
      prepared.clear()
      await Promise.allSettled(pools.map((pool) => pool.close()))
    },
  }
}

function prepare(deps: Deps, server: HttpServer): Prepared {
  const url = new URL(server.transport.url)
  const value = server.injection === null ? null : deps.openCredential(server)
  const header = server.injection !== null && value !== null ? headerFor(server.injection.slot, value) : null
  if (server.injection !== null && header === null) throw new Error('the credential does not fit its slot')
  const { organization, timeouts } = server
  const pool = deps.openPool(url.origin, { organization, connectMs: timeouts.connectSeconds * 1000 })
  const upstream = {
    pool,
    // The caller's query string stays here: whoever registered the server decided about its address.
    path: url.pathname + url.search,
    injected: header === null ? null : { name: header.name, value: header.value.reveal() },
    secretForms: value === null ? [] : formsOf(value.reveal()),
    timeouts: server.timeouts,
  }
  return { server, pool, upstream }
}
