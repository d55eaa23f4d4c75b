import fc from 'fast-check'
import { expect, test } from 'vitest'
import { scopeOf } from '../../../test/fake-control.ts'
import { createSharing, type Frame, type Sharing } from './sharing.ts'

/** Few and short, so that many are equal, and with what could run together if texts were joined carelessly. */
const text = fc.constantFrom('', ' ', 'a', 'a ', ' a', '1', '1 a', 'a 1 a', '2 a')
const frame: fc.Arbitrary<Frame> = fc.record({
  organization: text,
  tokenKind: fc.constantFrom('k', 'u'),
  state: fc.constantFrom('active', 'revoked'),
  maxStalenessSeconds: fc.constantFrom(null, 1, 11),
  secrets: fc.array(fc.record({ pepperId: text, parameters: text }), { maxLength: 3 }),
})
const owner = fc.record({ type: fc.constantFrom('member', 'team', 'app'), id: text, name: text })
const scope = fc.record({ n: fc.nat(3) }).map(({ n }) => scopeOf({ projects: [`prj_${n}`] }))

function isShared<Kind extends keyof Sharing>(kind: Kind, values: fc.Arbitrary<Parameters<Sharing[Kind]>[0]>): void {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 60, size: 'max' }), (all) => {
      const share = createSharing()[kind] as (value: unknown) => unknown
      const held = all.map((value) => share(structuredClone(value)))
      // What comes back says the same as what was given, always; nothing may take another one's place.
      expect(held).toEqual(all)
    }),
  )
}

test('whatever is shared is equal to what was given', () => {
  isShared('frame', frame)
  isShared('owner', owner)
  isShared('scope', scope)
})

test('what is equal is held once, by its text even where it is another object', () => {
  const sharing = createSharing()
  const [one, two] = [scopeOf(), scopeOf({ projects: [] })]
  expect(sharing.scope(one)).toBe(one)
  expect(sharing.scope(two)).toBe(two)
  expect(sharing.scope(scopeOf())).toBe(one)
  const person = { type: 'member', id: 'mem_a', name: 'Ada' } as const
  expect(sharing.owner(person)).toBe(person)
  expect(sharing.owner({ ...person })).toBe(person)
  expect(sharing.owner({ ...person, name: 'Ada L.' }).name).toBe('Ada L.')
})
