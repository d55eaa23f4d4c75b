import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { descendantsOf, isAlive } from '../../test/processes.ts'
import { eventually, type Program, startNode } from '../../test/programs.ts'
import { controlCertificates } from '../fleet/certificates.test.data.ts'

let dir: string
const started: Program[] = []

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'ostiary-listeners-'))
})
afterEach(async () => {
  for (const program of started.splice(0)) {
    const family = await descendantsOf(program.pid)
    await program.stop()
    for (const pid of family) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
})

function serve(env: Record<string, string>): Program {
  const ports = { OSTIARY_GATEWAY_PORT: '0', OSTIARY_CONTROL_PORT: '0' }
  const program = startNode(['src/main.ts', 'serve', '--data-dir', path.join(dir, 'data')], { ...ports, ...env })
  started.push(program)
  return program
}

/** Says so only when the embedded gateway has attached to control and has its records. */
const ready = (program: Program) => program.says(/Control {2}(\S+)[\s\S]*Ctrl-C stops it/)

const status = (url: string): Promise<number> =>
  new Promise((resolve) => {
    get(url, { rejectUnauthorized: false }, (answer) => resolve(answer.resume().statusCode ?? 0)).on('error', () =>
      resolve(0),
    )
  })

const put = (name: string, text: string): string => {
  const file = path.join(dir, name)
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
  return file
}

test('with TLS on control the embedded gateway attaches to a certificate for another name, and again after its renewal', async () => {
  const { own, issued } = controlCertificates
  const program = serve({
    OSTIARY_CONTROL_TLS_CERT: put('control.crt', own.cert),
    OSTIARY_CONTROL_TLS_KEY: put('control.key', own.key),
  })
  const [, control = ''] = await ready(program)
  expect(control).toMatch(/^https:\/\/127\.0\.0\.1:/)
  put('control.crt', issued.cert)
  put('control.key', issued.key)
  await program.says(/certificate loaded anew/)
  const attachments = () => program.output().split('attached to control').length
  const before = attachments()
  // Forked in this order: control, gateway.
  const { children } = JSON.parse(readFileSync(path.join(dir, 'data', 'ostiary.lock'), 'utf8'))
  process.kill(children[1].pid, 'SIGKILL')
  await eventually(() => attachments() > before, 'the gateway that was started anew has attached')
  expect(await status(`${control}/readyz`)).toBe(200)
})

const [ownAddress = null] = Object.values(os.networkInterfaces())
  .flatMap((each) => each ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address)

test('with control on the machine’s own address the embedded gateway attaches there', async (context) => {
  if (ownAddress === null) return context.skip('this machine has no address beyond loopback')
  const program = serve({ OSTIARY_CONTROL_HOST: ownAddress, OSTIARY_INSECURE_HTTP: '1' })
  const [, control = ''] = await ready(program)
  expect(new URL(control).hostname).toBe(ownAddress)
  expect((await fetch(`${control}/readyz`)).status).toBe(200)
})
