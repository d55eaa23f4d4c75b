import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Product, startProduct } from './product.ts'
import { eventually } from './programs.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function start(env: Record<string, string> = {}): Promise<Product> {
  const product = await startProduct({ store: 'sqlite', env })
  undo.push(product.stop)
  return product
}

test('G2 a gateway that was killed is soon not pending any more, and no answer waits for it longer than it was asked to', async () => {
  const product = await start()
  const keys = [await product.createKey('one'), await product.createKey('two')]
  const waitMs = 3000
  for (const { id } of keys) {
    await product.kill('gateway')
    const killed = performance.now()
    const first = await product.revoke(id, { waitMs })
    expect(performance.now() - killed).toBeLessThan(waitMs + 1000)
    expect([first.status, first.body.key.status]).toEqual([200, 'revoked'])
    await eventually(
      async () => (await product.revoke(id, { waitMs: 0 })).body.effect.pending.length === 0,
      'the killed gateway is not pending',
      // Its freshness would last for 61 s.
      10_000,
    )
    await product.ready()
  }
})

test('a control whose database thread dies ends, with one line for it, and is back with all that it held', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ostiary-thread-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  const [preload, trigger] = [path.join(folder, 'preload.cjs'), path.join(folder, 'trigger')]
  writeFileSync(
    preload,
    `const { isMainThread, workerData } = require('node:worker_threads')
const { existsSync, rmSync } = require('node:fs')
if (!isMainThread && workerData?.readOnly === false) setInterval(() => {
  if (!existsSync(${JSON.stringify(trigger)})) return
  rmSync(${JSON.stringify(trigger)})
  throw new Error('the disk is on fire')
}, 20).unref()`,
  )
  const product = await start({ NODE_OPTIONS: `--require ${preload}` })
  const { id } = await product.createKey('kept')
  const { control } = await product.pids()
  writeFileSync(trigger, '')
  await eventually(() => product.logs().includes('a database thread has stopped'), 'the thread has died')
  await eventually(async () => {
    const pids = await product.pids().catch(() => null)
    return pids !== null && pids.control !== control
  }, 'another control has taken its place')
  await product.ready()
  expect((await product.revoke(id)).body.key.status).toBe('revoked')
  expect(product.logs().match(/a database thread has stopped/g)).toHaveLength(1)
  expect(product.logs()).toMatch(/"role":"control","how":"code 1"/)
})
