import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { createClock } from '../../../test/feed-rig.ts'
import { mint } from '../../keys/token.ts'
import { ok } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import { type Facts, type Incoming, noFacts } from '../incoming.ts'
import type { OpenMark, Unplaced } from '../spool/spool.ts'
import { createNoting, type Outcome } from './note.ts'

const outcome: Outcome = {
  kind: 'mcp',
  status: 200,
  code: null,
  tokens: null,
  estimated: false,
  cost: 7,
  price: null,
  charges: [{ budget: 'bud_1', window: 'total', nano: 7 }],
  firstByteMs: 3,
}
const known: Partial<Facts> = {
  organization: 'org_1',
  keyId: 'key_1',
  keyName: 'ci',
  owner: 'mem_1',
  ownerType: 'member',
  secretVersion: 2,
  metadata: '{"team":"x"}',
  serverId: 'srv_1',
  server: 'echo-server',
  tool: 'echo',
  method: 'tools/call',
  project: 'prj_1',
}

function rig() {
  const clock = createClock()
  const written: { record: Unplaced; opened: OpenMark | null }[] = []
  const opened: { record: Unplaced; isBudgeted: boolean }[] = []
  const noting = createNoting({
    ...clock,
    spool: {
      open: async (record, isBudgeted) => {
        opened.push({ record, isBudgeted })
        return ok({ place: 9 })
      },
      done: (record, mark, release) => {
        written.push({ record, opened: mark })
        release()
      },
    },
  })
  const call = (facts: Partial<Facts> = known, route = '/mcp-connect/{server}'): Incoming => ({
    request: { headers: { 'user-agent': 'agent/1' } } as IncomingMessage,
    requestId: 'req_1',
    address: '198.51.100.7',
    isProxy: false,
    startedAt: clock.monotonic(),
    server: 'echo-server',
    urlKey: null,
    route,
    facts: { ...noFacts(), ...facts },
  })
  return { clock, written, opened, noting, call }
}
const refusal = (more: Partial<Answer> = {}): Answer =>
  ({ status: 403, code: 'server_not_allowed', log: { rule: 'key.servers' }, ...more }) as Answer

describe('a call that is served', () => {
  test('is written down with what is known of it, and is released then', () => {
    const { clock, written, noting, call } = rig()
    const one = call({ ...known, isAdmitted: true })
    const came = clock.now()
    clock.advance(250)
    let released = 0
    noting.done(one, outcome, { place: 4 }, () => {
      released += 1
    })
    expect(released).toBe(1)
    expect(written).toEqual([
      {
        opened: { place: 4 },
        record: {
          id: 'req_1',
          at: came,
          kind: 'mcp',
          organization: 'org_1',
          key: 'key_1',
          keyName: 'ci',
          version: 2,
          child: null,
          ownerType: 'member',
          owner: 'mem_1',
          metadata: '{"team":"x"}',
          client: 'agent/1',
          address: '198.51.100.7',
          project: 'prj_1',
          server: 'srv_1',
          tool: 'echo',
          provider: null,
          model: null,
          method: 'tools/call',
          admitted: true,
          status: 200,
          code: null,
          rule: null,
          tokens: null,
          estimated: false,
          cost: 7,
          price: null,
          charges: outcome.charges,
          latencyMs: 250,
          firstByteMs: 3,
        },
      },
    ])
  })

  test('G9 stands, while it runs, as what it costs if nobody ever says', async () => {
    const { opened, noting, call } = rig()
    expect(await noting.open(call(), outcome, true)).toEqual({ ok: true, value: { place: 9 } })
    expect(opened).toMatchObject([
      { isBudgeted: true, record: { status: 0, estimated: true, admitted: true, charges: outcome.charges } },
    ])
  })

  test('whose key nobody knows is released without a word', async () => {
    const { written, opened, noting, call } = rig()
    let released = 0
    noting.done(call({}), outcome, null, () => {
      released += 1
    })
    expect(await noting.open(call({}), outcome, true)).toMatchObject({ ok: true })
    expect([released, written, opened]).toEqual([1, [], []])
  })

  test('is written without the secrets that its caller puts into names', () => {
    const { written, noting, call } = rig()
    const token = mint('k', randomBytes).secret.reveal()
    const said = { tool: token, model: `m ${token}`, method: `${token}/x`, client: `curl ${token}`, keyName: token }
    noting.done(call({ ...known, ...said }), outcome, null, () => {})
    noting.done(call({ ...known, tool: `${'x'.repeat(100)}\n\u202e${'y'.repeat(100)}` }), outcome, null, () => {})
    expect(JSON.stringify(written)).not.toContain(token.slice(22, 40))
    expect(written[1]?.record.tool).toHaveLength(128)
    expect(written[1]?.record.tool).not.toMatch(/[\n\u202e]/)
  })
})

describe('a call that is refused', () => {
  test('is written down with the rule that refused it, and is no request', () => {
    const { written, noting, call } = rig()
    noting.refused(call(), refusal())
    noting.refused(call({ ...known, provider: 'openai' }, '/v1/chat/completions'), refusal({ log: undefined }))
    expect(
      written.map(({ record }) => [record.kind, record.admitted, record.status, record.code, record.rule]),
    ).toEqual([
      ['mcp', false, 403, 'server_not_allowed', 'key.servers'],
      ['llm', false, 403, 'server_not_allowed', null],
    ])
    expect(written[0]?.record).toMatchObject({ cost: null, charges: [] })
  })

  test.each<[string, Partial<Facts>, string, Partial<Answer>]>([
    ['of nobody whom we know', {}, '/mcp', {}],
    ['after it was admitted: it is written as such', { ...known, isAdmitted: true }, '/mcp', {}],
    ['nowhere: another gateway has answered it', known, '/mcp', { code: null }],
    ['where keys are asked about', known, '/oauth/token', {}],
    ['where keys are asked about', known, '/api/me', {}],
  ])('%s is not', (_name, facts, route, answer) => {
    const { written, noting, call } = rig()
    noting.refused(call(facts, route), refusal(answer))
    expect(written).toEqual([])
  })

  test('by the thousand is written sixty times a minute for each key, and many keys do not fill the memory', () => {
    const { clock, written, noting, call } = rig()
    for (let n = 0; n < 1000; n += 1) noting.refused(call(), refusal())
    for (let n = 0; n < 5; n += 1) noting.refused(call({ ...known, keyId: 'key_2' }), refusal())
    expect(written).toHaveLength(65)
    clock.advance(60_000)
    for (let n = 0; n < 100; n += 1) noting.refused(call(), refusal())
    expect(written).toHaveLength(125)
    clock.advance(60_000)
    for (let n = 0; n < 12_000; n += 1) noting.refused(call({ ...known, keyId: `key_${n}` }), refusal())
    expect(written).toHaveLength(125 + 10_000)
  })
})
