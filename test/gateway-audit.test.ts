import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayApart, startGatewayApart } from './gateway-apart.ts'
import { type Json, type Product, type ProductOptions, startProduct } from './product.ts'
import { eventually, nodeEnvironment, root } from './programs.ts'
import { freshDatabase, stores } from './store-kinds.ts'
import { administer } from './stores.ts'

/** The life of keys, told in three places: on each of two gateways that the key touches, and at control. */
describe.each(stores)('the audit log of gateways, on %s', (store) => {
  let product: Product
  let options: ProductOptions
  let second: GatewayApart
  let dataDir = ''

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-audit-'))
    const databaseUrl = store === 'postgres' ? await freshDatabase() : undefined
    options = { store, dataDir, ...(databaseUrl ? { databaseUrl } : {}) }
    product = await startProduct(options)
    options = { ...options, bootstrapToken: product.bootstrapToken, ports: product.ports }
    second = await startGatewayApart({ make: (place, body) => post(place, body), product }, 'second')
  })
  afterAll(async () => {
    await second?.stop()
    await product?.stop()
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })

  const post = async (place: string, body: Json = {}): Promise<Json> => {
    const answer = await product.rest('POST', place, body)
    if (answer.status >= 300) throw new Error(`POST ${place} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  const ostiary = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    const env = nodeEnvironment({ OSTIARY_URL: product.controlUrl, OSTIARY_TOKEN: product.bootstrapToken })
    const run = promisify(execFile)(process.execPath, ['src/main.ts', ...args], { cwd: root, env })
    return run.then(
      ({ stdout: out, stderr: err }) => ({ code: 0, out, err }),
      ({ code, stdout: out, stderr: err }) => ({ code, out, err }),
    )
  }
  /** What a gateway keeps, as its machine's own command line shows it. */
  const keptIn = async (place: string, key: string): Promise<Json[]> => {
    const { code, out } = await ostiary('gateway', 'audit', '--data-dir', place, '--key', key, '--json')
    return code === 0 ? JSON.parse(out).items.map(({ event }: Json) => event) : []
  }
  const atControl = async (key: string): Promise<Json[]> =>
    (await product.rest('GET', `/audit-events?subject=${key}`)).body.items.toReversed()
  const actions = (events: Json[]) => events.map(({ action }) => action)
  const kept = (place: string, key: string, count: number) =>
    eventually(async () => {
      const events = await keptIn(place, key)
      return events.length === count ? events : null
    }, `${count} events of ${key} in ${place}`)

  test('D63 A37 what happens to a key stands on both gateways and at control, the same to the hash', async () => {
    const { id } = await product.createKey('everywhere')
    await post(`/keys/${id}/suspend`, { reason: 'on holiday' })
    await post(`/keys/${id}/resume`)
    await post(`/keys/${id}/rotate`, { mode: 'grace' })
    const events = await kept(second.dataDir, id, 4)
    expect(actions(events)).toEqual(['key.created', 'key.suspended', 'key.resumed', 'key.rotated'])
    expect(events[1]).toMatchObject({
      actor: { kind: 'bootstrap', id: 'bootstrap' },
      address: '127.0.0.1',
      after: { reason: 'on holiday' },
    })
    expect(await kept(dataDir, id, 4)).toEqual(events)
    expect(await atControl(id)).toEqual(events)
  })

  test('D63 a key of one gateway leaves nothing on the other', async () => {
    const gateways = { mode: 'only', items: [second.id] }
    const { key } = await post('/keys', { name: 'only there', gateways })
    const { id: everywhere } = await product.createKey('after it')
    await post(`/keys/${key.id}/suspend`)
    expect(actions(await kept(second.dataDir, key.id, 2))).toEqual(['key.created', 'key.suspended'])
    await kept(dataDir, everywhere, 1)
    expect(await keptIn(dataDir, key.id)).toEqual([])
  })

  test('D63 it can be read on the machine of the gateway with control killed, and goes on when control is back', async () => {
    const { id } = await product.createKey('through it')
    await kept(second.dataDir, id, 1)
    await product.kill('control')
    expect(actions(await keptIn(second.dataDir, id))).toEqual(['key.created'])
    const shown = await ostiary('gateway', 'audit', '--data-dir', second.dataDir, '--key', id)
    expect(shown.out).toMatch(/key\.created +key_\w+ through it +127\.0\.0\.1 +gwy_/)
    expect(shown.err).toMatch(/^Kept here: \d{4}-\d\d-\d\dT\S+ to \d{4}-\d\d-\d\dT\S+\.\n$/)
    await product.ready()
    await post(`/keys/${id}/suspend`)
    for (const place of [dataDir, second.dataDir])
      expect(actions(await kept(place, id, 2))).toEqual(['key.created', 'key.suspended'])
  }, 60_000)

  test('D63 its files are its owner’s alone', async () => {
    const folder = path.join(second.dataDir, 'gateway-audit', second.id)
    const [organization = ''] = await readdir(folder)
    const [file = ''] = await readdir(path.join(folder, organization))
    expect([organization, file]).toEqual([
      expect.stringMatching(/^org_/),
      expect.stringMatching(/^\d{4}-\d\d-\d\d\.jsonl$/),
    ])
    expect((await stat(path.join(folder, organization, file))).mode & 0o777).toBe(0o600)
  })

  test('M13 a log that was cut off at control, checkpoints and all, is found by what a gateway kept', async () => {
    await product.createKey('last')
    const log = path.join(dataDir, 'export.ndjson')
    expect(await ostiary('audit', 'export', '--out', log)).toMatchObject({ code: 0, out: '' })
    expect((await stat(log)).mode & 0o777).toBe(0o600)
    expect((await ostiary('audit', 'export', '--out', log)).code).toBe(2)
    expect((await ostiary('audit', 'verify', log)).code).toBe(0)
    const folder = path.join(second.dataDir, 'gateway-audit', second.id)
    const [organization = ''] = await readdir(folder)
    const [file = ''] = (await readdir(path.join(folder, organization))).toSorted().toReversed()
    const own = path.join(folder, organization, file)
    expect(await product.stop()).toBe(0)
    await tamper('delete from audit_events where seq > 4')
    await tamper('delete from audit_checkpoints')
    product = await startProduct(options)
    await eventually(
      () => product.logs().includes('a gateway keeps audit events that the log does not have'),
      'control hears of it from a gateway',
    )
    const found = await ostiary('audit', 'verify', '--checkpoint', own, '--json')
    expect(found.code).toBe(1)
    expect(JSON.parse(found.out).finding.because).toBeOneOf(['cut-off', 'rewritten'])
  }, 90_000)

  const tamper = async (statement: string): Promise<void> => {
    if (options.databaseUrl) {
      await administer(options.databaseUrl, statement)
      return
    }
    const file = new DatabaseSync(path.join(dataDir, 'ostiary.db'))
    file.exec(statement)
    file.close()
  }
})
