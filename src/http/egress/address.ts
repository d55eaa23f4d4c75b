import { BlockList, isIP, isIPv4 } from 'node:net'
import { canonicalAddress } from '../client-address.ts'

/**
 * What kind of place an address is, by the registries of special addresses (RFC 6890 and its updates).
 * `never`: link-local, multicast, reserved, "this host", and where clouds keep the credentials of a machine: nobody calls
 * it, whatever is allowed. `loopback`: this machine. `private`: a network that is not public.
 */
export type AddressKind = 'public' | 'private' | 'loopback' | 'never'

/** The kind of an address in any spelling; `never` for what is none. */
export function kindOf(text: string): AddressKind {
  const address = canonicalAddress(text)
  if (address === null || contains(never, address)) return 'never'
  if (contains(loopback, address)) return 'loopback'
  const inside = embeddedIn(address)
  if (inside !== null) return kindAround(address, kindOf(inside))
  if (contains(inner, address)) return 'private'
  // Only 2000::/3 is given out for the public (RFC 4291 §2.4); what else there is, nobody has judged.
  return isIPv4(address) || contains(globalUnicast, address) ? 'public' : 'never'
}

/** A translator's own loopback, or anything worse, is no place that we know of. */
const kindAround = (address: string, inside: AddressKind): AddressKind => {
  if (inside === 'loopback' || inside === 'never') return 'never'
  return contains(inner, address) ? 'private' : inside
}

type Subnet = readonly [net: string, bits: number]

export const blocksOf = (subnets: readonly Subnet[]): BlockList => {
  const list = new BlockList()
  for (const [net, bits] of subnets) list.addSubnet(net, bits, isIPv4(net) ? 'ipv4' : 'ipv6')
  return list
}
/** `address` as `canonicalAddress` writes it. */
export const contains = (list: BlockList, address: string): boolean =>
  list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')

const loopback = blocksOf([
  ['127.0.0.0', 8],
  ['::1', 128],
])

const never = blocksOf([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  // IETF protocol assignments; Oracle's cloud keeps credentials at 192.0.0.192.
  ['192.0.0.0', 24],
  ['192.88.99.0', 24],
  // Multicast, and everything reserved behind it.
  ['224.0.0.0', 3],
  // Credentials of machines of Alibaba and Azure.
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
  // Teredo hides an IPv4 address that it is not to be trusted with.
  ['2001::', 32],
  // The same of Amazon, Google, Oracle and Scaleway.
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
  ['fd00:c1::a9fe:a9fe', 128],
  ['fd00:42::42', 128],
])

const inner = blocksOf([
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  // Benchmarks and documentation: where they answer, somebody uses them inside.
  ['198.18.0.0', 15],
  ['192.0.2.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['fc00::', 7],
  ['fec0::', 10],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['64:ff9b:1::', 48],
])
const globalUnicast = blocksOf([['2000::', 3]])

/** The IPv4 address inside an IPv6 one, by NAT64 (RFC 6052, 8215), 6to4 (RFC 3056) or ISATAP (RFC 5214); null: none. */
export function embeddedIn(address: string): string | null {
  if (isIP(address) !== 6) return null
  const words = wordsOf(address)
  const at = (place: number): string => {
    const [high = 0, low = 0] = words.slice(place)
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  if (words[0] === 0x64 && words[1] === 0xff9b) {
    if (words[2] === 1 || words.slice(2, 6).every((word) => word === 0)) return at(6)
  }
  if (words[0] === 0x2002) return at(1)
  return words[5] === 0x5efe && (words[4] === 0 || words[4] === 0x200) ? at(6) : null
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
