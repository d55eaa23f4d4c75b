import { expect, test } from 'vitest'
import { Secret } from '../secret.ts'
import { createLog, type LogLevel } from './log.ts'
import { createRedact } from './redact.ts'

const canary = 'a bootstrap token with "quotes", back\\slashes and ünïcode'
const token = `ostk_${'A'.repeat(16)}_${'B'.repeat(49)}`
const child = `oste_${'h'.repeat(40)}.${'p'.repeat(80)}.${'s'.repeat(86)}`

const logInto = (lines: string[], level: LogLevel = 'debug') =>
  createLog({ level, write: (line) => lines.push(line), redact: createRedact([new Secret(canary, 'bootstrap token')]) })

test('every line is one JSON object with level, time and message', () => {
  const lines: string[] = []
  const log = logInto(lines).child({ process: 'gateway' })
  log.info({ key: 'key_1', n: 1 }, 'call\nended')
  const [line = ''] = lines
  expect(line.endsWith('}\n')).toBe(true)
  expect(line.trim()).not.toContain('\n')
  expect(JSON.parse(line)).toMatchObject({
    level: 'info',
    process: 'gateway',
    key: 'key_1',
    n: 1,
    message: 'call\nended',
  })
  expect(Date.parse(JSON.parse(line).time)).toBeGreaterThan(0)
})

test('G1 A35 no token and no configured secret reaches the sink: not in fields, nested strings, errors, causes or messages', () => {
  const lines: string[] = []
  const log = logInto(lines)
  const cause = new Error(`cause ${token}`)
  const error = Object.assign(new Error(`failed with ${canary}`, { cause }), { code: 'E_TEST' })
  log.error({ error, deep: { list: [{ header: `Bearer ${token}` }] } }, `went wrong: ${child}`)
  log.warn({ text: JSON.stringify({ authorization: canary }), err: error }, 'again')
  log.child({ bound: token }).debug({ url: `/mcp/${token}?k=${encodeURIComponent(canary)}` }, 'bound')
  log.info({ secret: new Secret(canary, 'bootstrap token') }, 'held')
  const all = lines.join('')
  for (const part of ['B'.repeat(20), 's'.repeat(20), 'back', 'ünïcode', '%C3%BCn']) expect(all).not.toContain(part)
  expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true)
  expect(JSON.parse(lines[0] ?? '').error).toMatchObject({ code: 'E_TEST', cause: { name: 'Error' } })
})

test('lines below the level are not written', () => {
  const lines: string[] = []
  const log = logInto(lines, 'warn')
  log.debug({}, 'no')
  log.info({}, 'no')
  log.warn({}, 'yes')
  expect(lines).toHaveLength(1)
})
