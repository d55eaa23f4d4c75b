import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownerAmong } from './owner.ts'

const fleet = fc.uniqueArray(fc.stringMatching(/^gwy_[A-Za-z0-9]{4}$/), { minLength: 2, maxLength: 12 })
const name = fc.string({ maxLength: 40 })

test('D40 every gateway comes to the same owner, in whatever order it knows the others', () => {
  fc.assert(
    fc.property(fleet, name, (gateways, what) => {
      const owner = ownerAmong(gateways, what)
      expect(gateways).toContain(owner)
      expect(ownerAmong(gateways.toReversed(), what)).toBe(owner)
    }),
  )
})

test('a gateway that leaves gives up what it owned, and nothing else moves', () => {
  fc.assert(
    fc.property(fleet, name, fc.nat(), (gateways, what, at) => {
      const leaver = gateways[at % gateways.length]
      const before = ownerAmong(gateways, what)
      const after = ownerAmong(
        gateways.filter((gateway) => gateway !== leaver),
        what,
      )
      expect(after === before).toBe(before !== leaver)
    }),
  )
})

test('what is to be owned spreads over all of them', () => {
  const gateways = ['gwy_a', 'gwy_b', 'gwy_c', 'gwy_d']
  const owned = new Map<string, number>()
  for (let n = 0; n < 2000; n++) {
    const owner = ownerAmong(gateways, `srv_1 mem_${n}`)
    owned.set(owner, (owned.get(owner) ?? 0) + 1)
  }
  // 500 each on average, with a deviation of 19.
  for (const gateway of gateways) expect(Math.abs((owned.get(gateway) ?? 0) - 500)).toBeLessThan(120)
})
