import { BlockList } from 'node:net'
import { parseNetwork } from '../network.ts'

/** Pure: every address of the first within one entry of the list? Two halves that are both listed make no whole. */
export function isInside(cidr: string, list: readonly string[]): boolean {
  const inner = parseNetwork(cidr)
  if (inner === null) return false
  return list.some((each) => {
    const outer = parseNetwork(each)
    if (outer === null || outer.family !== inner.family || outer.prefix > inner.prefix) return false
    const block = new BlockList()
    block.addSubnet(outer.text, outer.prefix, outer.family)
    return block.check(inner.text, inner.family)
  })
}
