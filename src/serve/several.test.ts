import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { freePorts, type Program, startNode } from '../../test/programs.ts'
import { countOf } from '../serve.ts'

const folders: string[] = []
const started: Program[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((program) => program.stop()))
  for (const folder of folders.splice(0))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
})

const run = (ports: readonly number[], ...flags: string[]): Program => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ostiary-several-'))
  folders.push(folder)
  const [gateway, control] = ports
  const env = { OSTIARY_GATEWAY_PORT: String(gateway), OSTIARY_CONTROL_PORT: String(control) }
  const program = startNode(['src/main.ts', 'serve', '--data-dir', folder, ...flags], env)
  started.push(program)
  return program
}

test.runIf(process.platform === 'linux')(
  'a second installation that would divide the clients with the first one does not start',
  async () => {
    const [gateway = 0, one = 0, two = 0] = await freePorts(3)
    await run([gateway, one], '--gateways', '2').says(/Ostiary .* is ready/, 30_000)
    const second = run([gateway, two], '--gateways', '2')
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(
      new RegExp(`^ostiary: Port ${gateway} on 127\\.0\\.0\\.1 is in use by another program\\.`, 'm'),
    )
  },
)

test('where a port cannot be shared one gateway starts, and a sentence says so', () => {
  const said: string[] = []
  const asked = (gateways: number, platform: NodeJS.Platform) =>
    countOf({ gateways, platform, tell: (text) => said.push(text) })
  expect([asked(1, 'darwin'), asked(4, 'linux')]).toEqual([1, 4])
  expect(said).toEqual([])
  expect(asked(4, 'darwin')).toBe(1)
  expect(said).toEqual(['  OSTIARY_GATEWAYS is 4: several gateways share a port on Linux only, so one is started.\n'])
})
