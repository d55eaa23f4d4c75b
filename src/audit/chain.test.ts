import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ChainedEvent, canonical, genesis, hashAfter, verify } from './chain.ts'

const eventOf = (seq: number): ChainedEvent => ({
  organization: 'org_0000000000000001',
  id: `evt_${seq}`,
  seq,
  at: new Date(seq * 1000).toISOString(),
  actor: { kind: 'member', id: 'mem_1', name: 'Ada' },
  action: 'key.created',
  subject: { kind: 'key', id: `key_${seq}`, name: 'ci' },
  ...(seq % 2 ? { after: { name: 'ci', list: [1, null, 'ä'] } } : {}),
  requestId: `req_${seq}`,
})
const chainOf = (count: number) => {
  let hash = genesis.hash
  return Array.from({ length: count }, (_, at) => {
    const event = eventOf(at + 1)
    hash = hashAfter(hash, event)
    return { ...event, hash }
  })
}

test('a chain that nobody touched verifies, whole and in pages', () => {
  const events = chainOf(7)
  const whole = verify(events)
  expect(whole).toMatchObject({ ok: true, head: { seq: 7 } })
  const page = verify(events.slice(0, 3))
  expect(page.ok && verify(events.slice(3), page.head)).toEqual(whole)
  expect(verify([])).toEqual({ ok: true, head: genesis })
})

test('a changed, removed, moved or inserted event is found where it stands', () => {
  const events = chainOf(5)
  const edited = events.map((event) => (event.seq === 3 ? { ...event, actor: { ...event.actor, name: 'Eve' } } : event))
  expect(verify(edited)).toEqual({ ok: false, seq: 3, because: 'changed' })
  expect(verify(events.filter(({ seq }) => seq !== 2))).toEqual({ ok: false, seq: 2, because: 'missing' })
  expect(verify(events.toReversed())).toMatchObject({ ok: false, seq: 1 })
  expect(verify([...events.slice(0, 2), ...events.slice(1)])).toEqual({ ok: false, seq: 3, because: 'missing' })
  const rehashed = edited.map((event) =>
    event.seq === 3 ? { ...event, hash: hashAfter(events[1]?.hash ?? '', event) } : event,
  )
  expect(verify(rehashed)).toEqual({ ok: false, seq: 4, because: 'changed' })
})

test('no field can be changed without changing the hash, the organization included', () => {
  const event = eventOf(1)
  const hash = hashAfter(genesis.hash, event)
  const changed: ChainedEvent[] = [
    { ...event, organization: 'org_0000000000000002' },
    { ...event, id: 'evt_x' },
    { ...event, at: new Date(0).toISOString() },
    { ...event, action: 'key.revoked' },
    { ...event, subject: { ...event.subject, kind: 'server' } },
    { ...event, before: null },
    { ...event, after: undefined },
    { ...event, requestId: 'req_x' },
  ]
  for (const each of changed) expect(hashAfter(genesis.hash, each)).not.toBe(hash)
})

test('canonical JSON is JSON, does not depend on the order of members, and survives being stored', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonical(value)
      expect(canonical(JSON.parse(text))).toBe(text)
      expect(canonical(JSON.parse(JSON.stringify(value)))).toBe(text)
    }),
  )
  expect(canonical({ b: 1, a: { d: undefined, c: [undefined, 2] } })).toBe('{"a":{"c":[null,2]},"b":1}')
})
