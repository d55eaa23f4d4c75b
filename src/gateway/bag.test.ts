import { expect, test } from 'vitest'
import { createBag } from './bag.ts'

const item = (name: string) => ({ name, place: -1 })
const names = (items: readonly { name: string }[]) => items.map(({ name }) => name).sort()

test('a bag holds what was put in and not taken out, whatever the order', () => {
  const bag = createBag<ReturnType<typeof item>>()
  const [a, b, c] = [item('a'), item('b'), item('c')]
  for (const one of [a, b, c]) bag.add(one)
  bag.remove(a)
  bag.remove(a)
  expect(names(bag.items)).toEqual(['b', 'c'])
  bag.add(a)
  bag.remove(c)
  bag.remove(item('stranger'))
  expect(names(bag.items)).toEqual(['a', 'b'])
  for (const one of [b, a]) bag.remove(one)
  expect(bag.items).toEqual([])
})
