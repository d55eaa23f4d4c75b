import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mint } from '../keys/token.ts'
import { createLog } from '../observe/log.ts'
import { createRedact } from '../observe/redact.ts'
import { Secret } from '../secret.ts'
import { createAccessLog } from './access-log.ts'
import type { Answer } from './answer.ts'
import { type Incoming, noFacts } from './incoming.ts'

const byValue = new Secret('a value that only its owner knows', 'value')

function rig() {
  const lines: string[] = []
  const log = createLog({ level: 'info', write: (line) => void lines.push(line), redact: createRedact([byValue]) })
  const write = createAccessLog({ log, gatewayId: () => 'gwy_1', now: () => 0, monotonic: () => 2 })
  const said = (facts: Partial<Incoming['facts']>, answer: Partial<Answer> = {}) => {
    const call = { requestId: 'req_1', route: '/mcp-connect/{server}', address: '198.51.100.7', startedAt: 1 }
    write(
      { ...call, facts: { ...noFacts(), ...facts } } as Incoming,
      { status: 200, code: null, log: undefined, ...answer } as Answer,
    )
    return JSON.parse(lines.at(-1) ?? '')
  }
  return { lines, said }
}

test('D19 D33 a line names the key and says its metadata as it was given, and which child called', () => {
  const { said } = rig()
  const metadata = { team: 'payments', ticket: 4711, nested: { on: [true, null, 1.5] } }
  const facts = { keyId: 'key_1', keyName: 'nightly build', childId: 'chd_1', metadata: JSON.stringify(metadata) }
  for (let turn = 0; turn < 2; turn += 1)
    expect(said(facts)).toMatchObject({ key: 'key_1', keyName: 'nightly build', child: 'chd_1', metadata })
  expect(said({ metadata: '{}' })).toMatchObject({ metadata: {}, child: null })
  expect(said({})).toMatchObject({ key: null, keyName: null, metadata: null, child: null })
})

test('D33 whatever JSON the metadata is, the line is JSON and says the same', () => {
  const { lines, said } = rig()
  const value = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
  fc.assert(
    fc.property(value, fc.string({ unit: 'binary' }), (metadata, keyName) => {
      const sent = JSON.parse(JSON.stringify(metadata))
      expect(said({ metadata: JSON.stringify(metadata), keyName }).metadata).toEqual(sent)
      expect(lines.at(-1)?.match(/\n/g)).toHaveLength(1)
    }),
  )
})

test('R10 D33 a secret that got into the metadata gets no further, and what is no object breaks no line', () => {
  const { lines, said } = rig()
  const token = mint('k', randomBytes).secret.reveal()
  const metadata = { note: `uses ${token}`, [token]: byValue.reveal() }
  expect(said({ metadata: JSON.stringify(metadata) })).toMatchObject({ metadata: expect.any(Object) })
  expect(lines.join('')).not.toContain(token.slice(22, 62))
  expect(lines.join('')).not.toContain(byValue.reveal())
  for (const broken of ['', '{', '[1]', '"x"', 'null', '{},"status":500', '{"a":1}}\n{"b":2', `{"a":"${'\n'}"}`]) {
    const line = said({ metadata: broken })
    expect([line.metadata, line.status]).toEqual([null, 200])
  }
})
