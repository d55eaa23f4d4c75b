import { headerFor } from '../../credentials/injection.ts'
import type { Secret } from '../../secret.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { OpenPool } from '../egress.ts'
import { type Connected, createPrepared, type Prepared } from '../prepared.ts'
import { formsOf } from './scan.ts'

export type HttpServer = ServerRecord & { readonly transport: { readonly type: 'http'; readonly url: string } }
export const isHttp = (server: ServerRecord): server is HttpServer => server.transport.type === 'http'

type Deps = {
  readonly openPool: OpenPool
  /** Opens the sealed value of the server's credential; throws if it is not sealed to us. */
  readonly openCredential: (server: HttpServer) => Secret | null
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

export type Upstreams = Prepared<HttpServer>

/** A pool belongs to one server and one version of its credential, so no connection that one credential authenticated is ever used with another. */
export const createUpstreams = (deps: Deps): Upstreams =>
  createPrepared(
    (server) => prepare(deps, server),
    (server, error) => deps.log.error({ server: server.id, error }, 'a server could not be prepared'),
  )

function prepare(deps: Deps, server: HttpServer): Connected {
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
  return { pool, upstream }
}
