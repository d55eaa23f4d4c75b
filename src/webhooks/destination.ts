import { BlockList, isIP, isIPv4 } from 'node:net'
import { canonicalAddress } from '../http/client-address.ts'
import { problemOfUrl } from '../http/upstream-url.ts'

/** Where this installation stands, so that a webhook does not lead back into it. */
export type Ground = {
  /** Plain http beyond this machine: the operator has said so. */
  readonly insecureHttp: boolean
  /** Public addresses of control and gateway, as origins. */
  readonly ownOrigins: readonly string[]
  /** Ports that its processes listen on. */
  readonly ownPorts: () => readonly number[]
  /** Addresses of this machine's network interfaces. */
  readonly localAddresses: () => readonly string[]
}

/** What is wrong with the address of a webhook, as the end of a sentence; null: nothing that its text tells. */
export function problemOfDestination(text: string, ground: Ground): string | null {
  const url = URL.parse(text)
  if (url === null) return 'must be a URL'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  const problem = problemOfUrl(text)
  if (problem !== null) return problem
  if (ground.ownOrigins.includes(url.origin)) return leadsHere
  const host = hostOf(url)
  const address = canonicalAddress(host)
  if (address !== null) return problemOfAddress(address, url, ground)
  if (url.protocol === 'http:' && !ground.insecureHttp && !isLocalName(host)) return needsHttps
  return isLocalName(host) && ground.ownPorts().includes(portOf(url)) ? leadsHere : null
}

/** The same of an address that the name in the URL has turned out to stand for. */
export function problemOfAddress(text: string, url: URL, ground: Ground): string | null {
  const address = canonicalAddress(text)
  if (address === null) return 'leads to no address'
  const meant = embedded(address) ?? address
  if (isNever(address) || isNever(meant)) return 'leads to an address that no webhook is sent to'
  const isLoopback = inList(loopback, meant)
  if (url.protocol === 'http:' && !ground.insecureHttp && !isLoopback) return needsHttps
  const isHere = isLoopback || ground.localAddresses().some((local) => canonicalAddress(local) === meant)
  return isHere && ground.ownPorts().includes(portOf(url)) ? leadsHere : null
}

const leadsHere = 'leads to Ostiary itself'
const needsHttps = 'must begin with https://; plain http is for this machine itself (127.0.0.1, [::1], localhost)'

const isLocalName = (host: string): boolean => /^(?:.+\.)?localhost\.?$/.test(host)
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')
export const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

const listOf = (subnets: readonly (readonly [net: string, bits: number])[]): BlockList => {
  const list = new BlockList()
  for (const [net, bits] of subnets) list.addSubnet(net, bits, isIPv4(net) ? 'ipv4' : 'ipv6')
  return list
}
const inList = (list: BlockList, address: string): boolean => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')

const loopback = listOf([
  ['127.0.0.0', 8],
  ['::1', 128],
])

/**
 * Link-local, multicast, reserved and "this host", and where clouds keep the credentials of the machine: on most of them
 * in 169.254.0.0/16, on some elsewhere.
 */
const never = listOf([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
])
const isNever = (address: string): boolean => inList(never, address)

/** An IPv4 address inside an IPv6 one by NAT64 (RFC 6052), 6to4 (RFC 3056) or the old compatible form; null: none. */
function embedded(address: string): string | null {
  if (isIP(address) !== 6) return null
  const words = wordsOf(address)
  const at = (place: number): string => {
    const [high = 0, low = 0] = words.slice(place)
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  const isZero = (from: number, to: number): boolean => words.slice(from, to).every((word) => word === 0)
  if (words[0] === 0x64 && words[1] === 0xff9b && isZero(2, 6)) return at(6)
  if (words[0] === 0x2002) return at(1)
  // ::1 stands for itself.
  return isZero(0, 6) && words[6] !== 0 ? at(6) : null
}

function wordsOf(address: string): number[] {
  // The last 32 bits may be written with dots.
  const text = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((word) => word.toString(16)).join(':'),
  )
  const [head = '', tail] = text.split('::')
  const words = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16))
  const [before, after] = [words(head), words(tail ?? '')]
  const gap = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array.from({ length: gap }, () => 0), ...after]
}
