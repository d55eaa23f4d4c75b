import type { BlockList } from 'node:net'
import { canonicalAddress } from '../client-address.ts'
import { blocksOf, contains, embeddedIn, kindOf } from './address.ts'

/** Where calls of an organization may lead beyond public addresses. */
export type Reach = {
  /** Networks in CIDR form (policy `privateNetworks`). What is no network is passed over. */
  readonly networks: readonly string[]
  /** This machine itself, without being listed: where it is the only one (`serve`). */
  readonly loopback: boolean
}

/** Why nobody of the organization may call this address, as a sentence with the way out; null: it may be called. */
export function problemOfAddress(text: string, reach: Reach): string | null {
  const kind = kindOf(text)
  if (kind === 'public') return null
  const address = canonicalAddress(text)
  if (address === null) return 'The name leads to no address.'
  // Whatever a list says: who may register a server must not read the credentials of the machine.
  if (kind === 'never') return `${address} is an address that is never called.`
  if (kind === 'loopback' && reach.loopback) return null
  const listed = networksOf(reach.networks)
  const meant = [address, embeddedIn(address) ?? address, twinOf(address)]
  if (meant.some((one) => contains(listed, one))) return null
  return `${address} is ${kind === 'private' ? 'a private address' : 'this machine itself'}: ${wayOut}`
}

/** The same of the host of a URL, as far as its text tells: of a name only whether it means this machine. */
export function problemOfHost(url: URL, reach: Reach): string | null {
  const host = hostOf(url)
  if (canonicalAddress(host) !== null) return problemOfAddress(host, reach)
  return isLocalName(host) ? problemOfAddress('127.0.0.1', reach) : null
}

/** The way that both commands and pages name. */
const wayOut =
  "add its network to the organization's privateNetworks, `ostiary policies set --private-networks NETWORK,…`."

/** Without the brackets of IPv6 and the dot of a full name. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/** RFC 6761 §6.3: it and everything below it is this machine. */
export const isLocalName = (host: string): boolean => /^(?:.+\.)?localhost\.?$/i.test(host)

/** `localhost` is both, so who lists one of them means the machine. */
const twinOf = (address: string): string =>
  address === '127.0.0.1' ? '::1' : address === '::1' ? '127.0.0.1' : address

/** Lists are replaced and never changed, so each is read once. */
const known = new WeakMap<readonly string[], BlockList>()

function networksOf(networks: readonly string[]): BlockList {
  const held = known.get(networks)
  if (held) return held
  const list = blocksOf(networks.flatMap((network) => subnetOf(network) ?? []))
  known.set(networks, list)
  return list
}

function subnetOf(network: string): (readonly [net: string, bits: number])[] | null {
  const [text = '', bits = ''] = network.split('/')
  const net = canonicalAddress(text)
  if (net === null || !/^\d{1,3}$/.test(bits)) return null
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8 in another spelling.
  const isMapped = text.includes(':') && !net.includes(':')
  const width = Number(bits) - (isMapped ? 96 : 0)
  return width >= 0 && width <= (net.includes(':') ? 128 : 32) ? [[net, width]] : null
}
