import { expect, test } from 'vitest'
import { Secret } from '../secret.ts'
import { createLog } from './log.ts'
import { createRedact } from './redact.ts'

const canary = 'a bootstrap token with "quotes" and back\\slashes'
const token = `ostk_${'A'.repeat(16)}_${'B'.repeat(49)}`

const open = (level: 'info' | 'warn' = 'info') => {
  const written: string[] = []
  const redact = createRedact([new Secret(canary, 'bootstrap token')])
  const log = createLog({ level, write: (line) => written.push(line), redact })
  return { written, lines: log.child({ process: 'gateway' }).child({ part: 'front' }).lines('call') }
}

test('a line made by hand looks like every other line', () => {
  const { written, lines } = open()
  lines?.write(1_000, `"key":${lines.quoted('a "name"\n')},"server":${lines.quoted(null)},"n":1`)
  expect(written[0]?.endsWith('}\n')).toBe(true)
  expect(JSON.parse(written[0] ?? '')).toEqual({
    level: 'info',
    time: '1970-01-01T00:00:01.000Z',
    process: 'gateway',
    part: 'front',
    key: 'a "name"\n',
    server: null,
    n: 1,
    message: 'call',
  })
})

test('G1 A35 no token and no configured secret reaches it: not as a name, not in fields, not the second time, not where it is cut', () => {
  const { written, lines } = open()
  if (lines === null) throw new Error('no lines')
  for (const text of [token, canary, JSON.stringify(canary), `x${token}`, token, canary, 'x'.repeat(100) + canary]) {
    lines.write(0, `"tool":${lines.quoted(text)},${lines.members({ deep: [{ token, canary }] })}`)
  }
  for (const part of ['BBBB', 'back', 'quotes', 'bootstrap token w']) expect(written.join('')).not.toContain(part)
  for (const line of written) expect(JSON.parse(line).tool.length).toBeLessThanOrEqual(128)
})

test('the names of a million calls are not all kept, and each is written as it is', () => {
  const { lines } = open()
  const names = Array.from({ length: 3000 }, (_, at) => `name ${at % 1500}`)
  expect(names.map((name) => lines?.quoted(name))).toEqual(names.map((name) => JSON.stringify(name)))
})

test('below the level there are no lines', () => {
  expect(open('warn').lines).toBeNull()
})
