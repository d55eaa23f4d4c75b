import fc from 'fast-check'
import { expect, test } from 'vitest'
import { call } from '../../../test/spool-rig.ts'
import { CallRecord } from '../../fleet/records/schema.ts'
import { createLines } from './line.ts'
import { doneLine, linesOf, membersOf, openLine } from './pieces.ts'
import type { Unplaced } from './spool.ts'

const text = (maxLength: number) => fc.string({ unit: fc.oneof(fc.constant('"'), fc.constant('\\'), wild), maxLength })
const wild = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  fc.constantFrom('\n', '\0', '\u2028', '}', '\ud800'),
)
const maybe = (maxLength: number) => fc.option(text(maxLength))
const whole = fc.maxSafeNat()

const valid = fc.record<Partial<Unplaced>>({
  id: text(64),
  at: whole,
  kind: fc.constantFrom('mcp', 'llm'),
  organization: text(64),
  key: fc.constantFrom('key_a', 'key_b'),
  keyName: text(256),
  version: whole,
  child: maybe(64),
  ownerType: fc.constantFrom('member', 'team', 'app'),
  owner: text(64),
  metadata: text(300),
  client: text(128),
  address: text(64),
  project: maybe(64),
  server: maybe(64),
  tool: maybe(128),
  provider: maybe(64),
  model: maybe(128),
  method: maybe(128),
  admitted: fc.boolean(),
  status: fc.nat(999),
  code: maybe(64),
  rule: maybe(128),
  tokens: fc.option(fc.record({ input: whole, output: whole, cached: whole, cacheWrite: whole, reasoning: whole })),
  estimated: fc.boolean(),
  cost: fc.option(whole),
  price: maybe(300),
  charges: fc.array(fc.record({ budget: text(64), window: text(64), nano: whole }), { maxLength: 5 }),
  latencyMs: fc.nat().map((n) => n / 1000),
  firstByteMs: fc.option(fc.nat().map((n) => n / 1000)),
})

const wellFormed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_name, each) => (typeof each === 'string' ? each.toWellFormed() : each))

test('G9 a line says what the record says, whatever is in it, and is one line', () => {
  const write = createLines()
  fc.assert(
    fc.property(valid, fc.integer({ min: 1, max: 2 ** 40 }), fc.nat(2 ** 40), (more, seq, place) => {
      const record = call('req_1', more)
      const line = doneLine(seq, place, write(record))
      const buffer = Buffer.from(line)
      expect(buffer.indexOf('\n')).toBe(buffer.length - 1)
      expect(CallRecord.parse(JSON.parse(line))).toEqual(wellFormed({ ...record, seq }))
      expect([...linesOf(buffer)]).toEqual([{ start: 0, end: buffer.length - 1, seq, place }])
      // What was open is told in the same words.
      const open = openLine(7, write(record))
      expect([...linesOf(Buffer.from(open))]).toMatchObject([{ seq: 0, place: 7 }])
      expect(doneLine(seq, place, membersOf(open, 7))).toBe(line)
    }),
    { numRuns: 300 },
  )
})

test('G9 whatever a record holds, control can read it: texts are cut, and numbers are made ones that it takes', () => {
  const write = createLines()
  const long = fc.string({ unit: 'binary', maxLength: 20_000, size: 'max' })
  const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -1, 1e300, -0, 0.5))
  const wrong = fc.record({
    ...{ id: long, organization: long, keyName: long, owner: long, metadata: long, client: long, tool: long },
    ...{ model: long, method: long, code: long, rule: long, price: long, child: long, address: long },
    ...{ at: number, version: number, status: number, cost: number, latencyMs: number, firstByteMs: number },
    tokens: fc.record({ input: number, output: number, cached: number, cacheWrite: number, reasoning: number }),
    charges: fc.array(fc.record({ budget: long, window: long, nano: number }), { maxLength: 80 }),
  })
  fc.assert(
    fc.property(wrong, (more) => {
      const { charges } = CallRecord.parse(JSON.parse(doneLine(1, 0, write(call('req_1', more)))))
      // What was paid is never made less by what it is written as.
      for (const [at, { nano }] of charges.entries())
        expect(nano).toBeGreaterThanOrEqual(Math.min(more.charges[at]?.nano || 0, Number.MAX_SAFE_INTEGER))
    }),
    { numRuns: 15 },
  )
})

test('a key that was renamed is written with its new name', () => {
  const write = createLines()
  expect(write(call('a', { keyName: 'one' }))).toContain('"keyName":"one"')
  expect(write(call('b', { keyName: 'two' }))).toContain('"keyName":"two"')
  expect(write(call('c', { metadata: '{"team":"x"}' }))).toContain('"metadata":"{\\"team\\":\\"x\\"}"')
})
