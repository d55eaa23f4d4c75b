import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually, type Program, startNode } from '../../test/programs.ts'

let dir: string
const started: Program[] = []
const bootstrap = 'b'.repeat(40)

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'ostiary-apart-'))
})
afterEach(async () => {
  await Promise.all(started.splice(0).map((program) => program.stop()))
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
})

function run(role: 'control' | 'gateway', env: Record<string, string>): Program {
  const program = startNode(['src/main.ts', role, '--data-dir', path.join(dir, role)], env)
  started.push(program)
  return program
}
const urlOf = async (program: Program, role: string): Promise<string> =>
  (await program.says(new RegExp(`Ostiary ${role} listens on (\\S+)`)))[1] ?? ''
const isReady = (url: string) =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  )

test('control and gateway run apart: enrolled once, the gateway keeps its token and attaches again without it', async () => {
  const control = run('control', { OSTIARY_CONTROL_PORT: '0', OSTIARY_BOOTSTRAP_TOKEN: bootstrap })
  const controlUrl = await urlOf(control, 'control')
  const answer = await fetch(`${controlUrl}/api/v1/gateways`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bootstrap}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'edge' }),
  })
  expect(answer.status).toBe(201)
  const { enrolmentToken } = (await answer.json()) as { enrolmentToken: string }
  const env = { OSTIARY_GATEWAY_PORT: '0', OSTIARY_CONTROL_URL: controlUrl }

  const first = run('gateway', { ...env, OSTIARY_ENROLMENT_TOKEN: enrolmentToken })
  const firstUrl = await urlOf(first, 'gateway')
  await eventually(() => isReady(firstUrl), 'the gateway is ready')
  const file = path.join(dir, 'gateway', 'secrets', 'gateway.token')
  expect(readFileSync(file, 'utf8')).toBe(`${enrolmentToken}\n`)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(await first.stop()).toBe(0)

  const second = run('gateway', env)
  const secondUrl = await urlOf(second, 'gateway')
  await eventually(() => isReady(secondUrl), 'the gateway is ready again')
  expect(`${first.output()}${second.output()}`).not.toContain(enrolmentToken.slice(22))
  expect(await second.stop()).toBe(0)
  expect(await control.stop()).toBe(0)
})

test.each([
  [{}, /^ostiary: OSTIARY_CONTROL_URL is not set: a gateway on its own needs to know where control is\.$/m],
  [
    { OSTIARY_CONTROL_URL: 'http://127.0.0.1:1' },
    /^ostiary: This gateway is not enrolled: set OSTIARY_ENROLMENT_TOKEN /m,
  ],
])('a gateway apart with %o says what is missing', async (env, sentence) => {
  const gateway = run('gateway', { OSTIARY_GATEWAY_PORT: '0', ...env })
  expect(await gateway.ended).toBe(1)
  expect(gateway.output()).toMatch(sentence)
})

test('control on PostgreSQL without a master key is refused: the next one could not read what it wrote', async () => {
  const control = run('control', { OSTIARY_DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/d' })
  expect(await control.ended).toBe(1)
  expect(control.output()).toMatch(/^ostiary: OSTIARY_MASTER_KEY is needed with OSTIARY_DATABASE_URL/m)
  expect(control.output()).not.toContain('hunter2')
})
