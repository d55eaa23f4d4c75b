import { expect, test } from 'vitest'
import { feedUrl } from './dial.ts'
import { commonVersion, parseFromControl, parseFromGateway } from './frames.ts'
import { type FleetRecord, frameVersions } from './schema.ts'

const gone = (id: string): FleetRecord => ({ kind: 'gone', of: 'key', organization: 'org', id, revision: 1 })

test('a newer control may send frames, fields and kinds of records that this gateway does not know', () => {
  expect(parseFromControl('{"type":"from-the-future"}')).toEqual({ kind: 'unknown' })
  const unknown = [
    { kind: 'later', id: 'ltr_1' },
    { ...gone('ltr_2'), of: 'later' },
  ]
  const records = [gone('key_1'), ...unknown, { ...gone('key_2'), later: 1 }]
  const frame = { type: 'changes', after: 0, upTo: 1, log: 'log', scopes: [], records, later: true }
  const parsed = parseFromControl(JSON.stringify(frame))
  expect(parsed).toMatchObject({ kind: 'frame', frame: { records: [{ id: 'key_1' }, { id: 'key_2' }] } })
})

test.each(['', 'null', '[]', '7', '{"type":"proofs","items":7}'])(
  'a malformed frame is told from an unknown one: %j',
  (text) => {
    expect(parseFromGateway(text).kind).toBe('malformed')
  },
)

test('a reason never repeats what was in the frame', () => {
  const parsed = parseFromControl(JSON.stringify({ type: 'welcome', gateway: 'canary' }))
  expect(parsed).toEqual({ kind: 'malformed', reason: 'malformed welcome' })
})

test('what a gateway says of a token request, and the audit trail keeps, is short', () => {
  const asks = {
    type: 'token-request',
    n: 1,
    secret: 's',
    scope: null,
    ttlSeconds: null,
    requestId: 'r',
    address: '::1',
  }
  expect(parseFromGateway(JSON.stringify(asks)).kind).toBe('frame')
  for (const field of ['requestId', 'address'])
    expect(parseFromGateway(JSON.stringify({ ...asks, [field]: 'x'.repeat(65) })).kind).toBe('malformed')
})

test('both ends speak the newest version that both know', () => {
  const { oldest, newest } = frameVersions
  expect(commonVersion({ oldest: 1, newest: 9 })).toBe(newest)
  expect(commonVersion({ oldest: newest + 1, newest: 9 })).toBeNull()
  expect(commonVersion({ oldest: 1, newest: oldest - 1 })).toBeNull()
})

test.each([
  ['http://127.0.0.1:8421', 'ws://127.0.0.1:8421/fleet/v1/feed'],
  ['https://control.example/', 'wss://control.example/fleet/v1/feed'],
  ['wss://control.example/prefix/fleet/v1/feed', 'wss://control.example/prefix/fleet/v1/feed'],
])('the address of control %s leads to its feed', (address, url) => {
  expect(feedUrl(address)).toBe(url)
})
