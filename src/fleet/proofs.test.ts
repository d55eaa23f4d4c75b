import { expect, test } from 'vitest'
import { createProofTable } from './proofs.ts'

const proof = (key: string, version: number, text = `${key}-${version}`) => ({
  organization: 'org_a',
  key,
  version,
  proof: text,
})

test('the table answers with what is new and hands out what it has', () => {
  const table = createProofTable()
  expect(table.learn([proof('k1', 1), proof('k2', 1)])).toHaveLength(2)
  expect(table.learn([proof('k1', 1), proof('k1', 2)])).toEqual([proof('k1', 2)])
  expect(table.table(() => true)).toHaveLength(3)
  expect(table.table((organization) => organization !== 'org_a')).toEqual([])
})

test('a proof ends with its version, and all with the key', () => {
  const table = createProofTable()
  table.learn([proof('k1', 1), proof('k1', 2), proof('k2', 1)])
  table.keepOnly('org_a', 'k1', [2])
  expect(table.table(() => true)).toEqual([proof('k1', 2), proof('k2', 1)])
  table.keepOnly('org_b', 'k2', [])
  table.keepOnly('org_a', 'k1', [])
  expect(table.table(() => true)).toEqual([proof('k2', 1)])
  expect(table.size()).toBe(1)
})

test('another proof for the same version takes the place of the old one', () => {
  const table = createProofTable()
  table.learn([proof('k1', 1)])
  expect(table.learn([proof('k1', 1, 'new')])).toHaveLength(1)
  expect(table.table(() => true)).toEqual([proof('k1', 1, 'new')])
  expect(table.size()).toBe(1)
})

test('a gateway that invents versions or keys does not fill the memory', () => {
  const table = createProofTable(10)
  table.learn(Array.from({ length: 100 }, (_, n) => proof('k1', n)))
  expect(table.size()).toBe(4)
  table.learn(Array.from({ length: 100 }, (_, n) => proof(`x${n}`, 1)))
  expect(table.size()).toBe(10)
})
