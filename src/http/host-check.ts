import { isIP } from 'node:net'
import { ok, type Result, refuse } from '../problems.ts'
import { canonicalAddress } from './client-address.ts'

export type HostCheck = (call: {
  readonly host: string | undefined
  readonly path: string
  readonly localAddress: string | undefined
}) => Result<null>

/** Probes of load balancers name us as they please and learn nothing. */
export const isHealthPath = (path: string): boolean => path === '/healthz' || path === '/readyz'

/** The name without its port: a published container port differs from the bound one, and rebinding attacks turn on names. */
const nameOf = (host: string): string => {
  const bracketed = /^\[([^\]]+)\](?::\d*)?$/.exec(host)
  const name = bracketed?.[1] ?? host.replace(/:\d*$/, '')
  return canonicalAddress(name) ?? name.toLowerCase().replace(/\.$/, '')
}

/**
 * Against DNS rebinding: a page on evil.example whose name suddenly points here still sends its own name as Host.
 * Bound to a wildcard, the address that the connection came in on counts as the bound one.
 */
export const createHostCheck = (listener: { readonly host: string; readonly publicUrl: string | null }): HostCheck => {
  const names = new Set(['localhost', '127.0.0.1', '::1', nameOf(wrap(listener.host))])
  names.delete('0.0.0.0')
  names.delete('::')
  if (listener.publicUrl !== null) names.add(nameOf(new URL(listener.publicUrl).host))
  return ({ host, path, localAddress }) => {
    if (isHealthPath(path)) return ok(null)
    // No name of ours has a zone, and taking one off would make ours of `127.0.0.1%evil.example`.
    const name = host === undefined || host.includes('%') ? '' : nameOf(host)
    if (names.has(name)) return ok(null)
    if (name !== '' && isIP(name) !== 0 && name === canonicalAddress(localAddress ?? '')) return ok(null)
    return refuse('host_not_allowed', {
      detail: 'The Host header names none of the names of this listener. Set its public URL to the name that you use.',
    })
  }
}

/** Which of them counts is nobody's guess. */
export const twoHosts = refuse('host_not_allowed', { detail: 'The call carries two Host headers.' })

const wrap = (host: string): string => (host.includes(':') ? `[${host}]` : host)
