import { BlockList } from 'node:net'
import { type Network, parseAddress, parseNetwork } from '../keys/network.ts'
import type { AddressRule } from '../keys/schema.ts'

/** Does the rule admit this client address? What cannot be read as an address is admitted by no list. */
export function admitsAddress(rule: AddressRule, address: string): boolean {
  if (rule.mode === 'any') return true
  const parsed = parseAddress(address)
  return parsed !== null && listsOf(rule)[parsed.family].check(parsed.text, parsed.family)
}

type Only = Extract<AddressRule, { mode: 'only' }>
/** One list per family: a BlockList would match every IPv4 address against `::/0`. */
type Lists = { readonly ipv4: BlockList; readonly ipv6: BlockList }

// Compiled once per rule: records are replaced, never changed, so the rule object stands for its content.
const compiled = new WeakMap<Only, Lists>()

function listsOf(rule: Only): Lists {
  const held = compiled.get(rule)
  if (held) return held
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const cidr of rule.cidrs) {
    const network = parseNetwork(cidr)
    // Unreadable entries are refused at creation; one that got in all the same admits nobody.
    if (network) lists[network.family].addSubnet(network.text, network.prefix, network.family)
  }
  compiled.set(rule, lists)
  return lists
}

/** Is every address of that network within one entry of the list? Two halves that are both listed do not make a whole. */
export function coversNetwork(rule: AddressRule, network: Network): boolean {
  if (rule.mode === 'any') return true
  return rule.cidrs.some((cidr) => {
    const outer = parseNetwork(cidr)
    if (outer === null || outer.family !== network.family || outer.prefix > network.prefix) return false
    return admitsAddress({ mode: 'only', cidrs: [cidr] }, network.text)
  })
}
