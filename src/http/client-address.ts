import { BlockList, isIP, isIPv4, SocketAddress } from 'node:net'

export type ClientAddress = {
  readonly address: string
  /** The address is a proxy's and stands for many callers: failed attempts must not be charged to it. */
  readonly isProxy: boolean
}

/** A chain longer than this is nobody's network; the walk stops and the nearest trusted hop is charged. */
const longestChain = 32
const rememberedPeers = 1000

/** One spelling per address: no zone, IPv4 inside IPv6 as IPv4, IPv6 compressed in lower case. Null: not an address. */
export const canonicalAddress = (text: string): string | null => {
  const bare = text.replace(/%.*$/, '')
  if (isIPv4(bare)) return bare
  if (isIP(bare) !== 6) return null
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' })
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)
  return mapped?.[1] ?? address
}

/** An entry of X-Forwarded-For: proxies write ports and brackets around the address. */
const hopAddress = (text: string): string | null => {
  const hop = text.trim().replace(/^"(.*)"$/, '$1')
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)
  if (bracketed?.[1]) return canonicalAddress(bracketed[1])
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)
  return canonicalAddress(withPort?.[1] ?? hop)
}

const addRule = (list: BlockList, cidr: string): void => {
  const [text = '', bits, ...rest] = cidr.trim().split('/')
  const address = canonicalAddress(text)
  if (address === null || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
    throw new Error(`OSTIARY_TRUSTED_PROXIES: "${cidr}" is not an address or CIDR block.`)
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  const width = family === 'ipv4' ? 32 : 128
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8 in another spelling.
  const given = bits === undefined ? width : Number(bits) - (family === 'ipv4' && text.includes(':') ? 96 : 0)
  if (given < 0 || given > width) throw new Error(`OSTIARY_TRUSTED_PROXIES: "${cidr}" has a prefix out of range.`)
  list.addSubnet(address, given, family)
}

/**
 * Whom a call is charged to. X-Forwarded-For is read only when the peer is a trusted proxy, and from the right: each
 * trusted hop vouches for the one to its left, everything further left is what a caller wrote.
 */
export const createClientAddress = (trustedProxies: readonly string[]) => {
  const trusted = new BlockList()
  for (const cidr of trustedProxies) addRule(trusted, cidr)
  const isTrusted = (address: string) => trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  /** Callers by the peer as the socket writes it. A connection asks once per call, and its answer never changes. */
  const direct = new Map<string, ClientAddress>()

  return (peer: string | undefined, forwardedFor: string | undefined): ClientAddress => {
    const known = peer === undefined ? undefined : direct.get(peer)
    if (known !== undefined) return known
    const address = canonicalAddress(peer ?? '')
    if (address === null) return { address: 'unknown', isProxy: true }
    if (trustedProxies.length === 0 || !isTrusted(address)) {
      const caller = { address, isProxy: false }
      if (direct.size >= rememberedPeers) direct.clear()
      direct.set(peer ?? '', caller)
      return caller
    }
    let nearest = address
    for (const hop of (forwardedFor ?? '').split(',').reverse().slice(0, longestChain)) {
      const caller = hopAddress(hop)
      if (caller === null) break
      if (!isTrusted(caller)) return { address: caller, isProxy: false }
      nearest = caller
    }
    return { address: nearest, isProxy: true }
  }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * On this machine itself. A call that a proxy passed on is not, however near the proxy stands. `own` is the address of
 * the socket's own end: a peer that has the same one is this machine under a name other than loopback.
 */
export const isLocalCall = (
  peer: string | undefined,
  headers: Readonly<Record<string, unknown>>,
  own?: string,
): boolean => {
  const address = canonicalAddress(peer ?? '')
  if (address === null) return false
  if (peer !== own && !loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')) return false
  return ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'].every(
    (name) => headers[name] === undefined,
  )
}
