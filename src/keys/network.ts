import { isIPv4, isIPv6 } from 'node:net'

/** An address in one spelling, so that no second spelling of it slips past a rule or opens a second bucket. */
export type Address = { readonly family: 'ipv4' | 'ipv6'; readonly text: string }
export type Network = Address & { readonly prefix: number }

/** Null for what is no address. Takes v4-mapped IPv6 as IPv4 and drops the zone, which only names a local interface. */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return { family: 'ipv4', text }
  const bare = text.split('%', 1)[0] ?? ''
  if (!isIPv6(bare)) return null
  const groups = groupsOf(bare)
  if (isMapped(groups)) return { family: 'ipv4', text: dotted(groups) }
  return { family: 'ipv6', text: groups.map((group) => group.toString(16)).join(':') }
}

/** `10.0.0.0/8`, `2001:db8::/32` or a single address. Bits beyond the prefix are allowed and mean nothing. */
export function parseNetwork(text: string): Network | null {
  const [head = '', bits, ...rest] = text.split('/')
  if (rest.length > 0 || head.includes('%')) return null
  const address = parseAddress(head)
  if (address === null || (bits !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(bits))) return null
  const written = head.includes(':') ? 128 : 32
  const prefix = bits === undefined ? written : Number(bits)
  if (prefix > written) return null
  if (address.family === 'ipv6' || written === 32) return { ...address, prefix }
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8; a shorter prefix would cover more than the mapped addresses.
  return prefix >= 96 ? { ...address, prefix: prefix - 96 } : null
}

/** Who counts as one source of attempts: an IPv4 address, or the /64 that one IPv6 customer has. */
export function sourceOf(address: string): string {
  const parsed = parseAddress(address)
  if (parsed === null) return 'unknown'
  return parsed.family === 'ipv4' ? parsed.text : `${parsed.text.split(':').slice(0, 4).join(':')}::/64`
}

/**
 * Where an address is at home, as one name: its IPv4 /24 or IPv6 /64. Null for what is no address. Wide enough for a
 * client that gets another address of the same network now and then.
 */
export function networkOf(address: string): string | null {
  const parsed = parseAddress(address)
  if (parsed === null) return null
  if (parsed.family === 'ipv4') return `${parsed.text.slice(0, parsed.text.lastIndexOf('.'))}.0/24`
  const prefix = parsed.text.split(':').slice(0, 4).join(':')
  return `${prefix.replace(/(?:^|:)0(?::0)*$/, '')}::/64`
}

/** The eight groups of an address that `isIPv6` has accepted. */
function groupsOf(text: string): number[] {
  const quad = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text)
  const hex = quad
    ? `${quad[1]}${((Number(quad[2]) << 8) | Number(quad[3])).toString(16)}:${((Number(quad[4]) << 8) | Number(quad[5])).toString(16)}`
    : text
  const [left = '', right] = hex.split('::')
  const parse = (half: string): number[] =>
    half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16))
  if (right === undefined) return parse(left)
  const [head, tail] = [parse(left), parse(right)]
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

const isMapped = (groups: readonly number[]): boolean =>
  groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff

function dotted(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(6)
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}
