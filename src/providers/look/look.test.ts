import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { codeOf, granted } from '../../../test/keyring.ts'
import { createProviderRig } from '../../../test/provider-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createGet } from './get.ts'

type Said = { status?: number; headers?: Record<string, string>; body?: string; silent?: boolean }

onEachStore('a look at a provider', (open) => {
  let rig: Awaited<ReturnType<typeof createProviderRig>>
  let server: Server
  let said: Said
  let heard: { url: string | undefined; headers: IncomingHttpHeaders }[]
  let baseUrl: string
  beforeEach(async () => {
    rig = await createProviderRig(await open())
    heard = []
    said = { body: JSON.stringify({ data: [{ id: 'm' }, { id: 'models/n' }] }) }
    server = createServer(({ url, headers }, answer) => {
      heard.push({ url, headers })
      if (said.silent) return
      answer.writeHead(said.status ?? 200, said.headers).end(said.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })
  const get = createGet(async (name) => {
    if (name === 'inside.example.test') return [{ address: '10.0.0.7', family: 4 }]
    throw new Error('no such name')
  })
  const canary = 'canary-0c5b1e77'
  const body = () => ({
    slug: 'p',
    dialect: 'openai',
    baseUrl,
    credential: { value: canary },
    models: [{ id: 'm' }, { id: 'n' }, { id: 'x' }],
  })
  const look = (over = {}, waitMs = 5000) =>
    rig.call('POST /providers/:id/test', { params: { id: 'p' }, body: { waitMs } }, { get, ...over })

  test('it asks for the models with the credential in its header, and says which of the catalog are not there', async () => {
    granted(await rig.create(body()))
    const { provider, results } = granted(await look())
    expect(results).toEqual([
      { from: 'control', state: 'ready', status: 200, models: ['m', 'models/n'], missing: ['x'] },
    ])
    expect(heard).toMatchObject([{ url: '/v1/models', headers: { authorization: `Bearer ${canary}` } }])
    expect(provider).toMatchObject({ state: 'ready', checkedAt: '2026-01-01T00:00:00.000Z', revision: 1 })
    granted(await rig.create({ ...body(), slug: 'a', dialect: 'anthropic' }))
    granted(await rig.call('POST /providers/:id/test', { params: { id: 'a' }, body: {} }, { get }))
    expect(heard[1]).toMatchObject({
      url: '/v1/models?limit=1000',
      headers: { 'x-api-key': canary, 'anthropic-version': '2023-06-01' },
    })
    expect(heard[1]?.headers.authorization).toBeUndefined()
  })

  test('what was seen is shown until the provider changes', async () => {
    granted(await rig.create(body()))
    said = { status: 401, body: `{"error":"no ${canary}"}` }
    const refused = granted(await look())
    expect(refused.provider).toMatchObject({ state: 'refused', lastError: 'It refuses the credential (401).' })
    expect(JSON.stringify(refused)).not.toContain(canary)
    const changed = granted(await rig.patch('p', { name: 'Other' }))
    expect(changed.provider).toMatchObject({ state: 'unknown', checkedAt: null })
  })

  test.each([
    ['an error of its own', { status: 500, body: 'internal address 10.1.2.3' }, 'unreachable'],
    ['a page', { body: '<html>' }, 'refused'],
    ['another JSON', { body: '{"data":{}}' }, 'refused'],
    ['nothing there', { status: 404 }, 'refused'],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'refused'],
    ['more than anyone lists', { body: `[${'1'.repeat(5_000_000)}]` }, 'unreachable'],
  ])('%s is no list of models, and nothing of it is shown', async (_what, answer, state) => {
    granted(await rig.create(body()))
    said = answer
    const { results } = granted(await look())
    expect(results).toMatchObject([{ state, models: null, missing: [] }])
    expect(JSON.stringify(results)).not.toMatch(/10\.1\.2\.3|html/)
    expect(heard).toHaveLength(1)
  })

  test('G6 it goes nowhere that gateways would not go, by address or by name', async () => {
    granted(await rig.create(body()))
    const outside = async () => ({ networks: [], loopback: false })
    expect(granted(await look({ reachOf: outside })).results).toMatchObject([{ state: 'unreachable', status: null }])
    granted(await rig.patch('p', { baseUrl: 'http://inside.example.test', credential: null }))
    expect(granted(await look()).results).toMatchObject([
      { state: 'unreachable', lastError: expect.stringContaining('private address') },
    ])
    expect(heard).toEqual([])
  })

  test('silence ends when nobody waits any more', async () => {
    granted(await rig.create(body()))
    said = { silent: true }
    expect(granted(await look({}, 100)).results).toMatchObject([
      { state: 'unreachable', lastError: 'There was no answer within 100 ms.' },
    ])
  })

  test('G10 another organization cannot have it looked at, and no address is taken from the call', async () => {
    granted(await rig.create(body()))
    const foreign = await rig.call('POST /providers/:id/test', { params: { id: 'p' }, body: {} }, { get }, rig.orgB)
    expect(codeOf(foreign)).toBe('not_found')
    const asked = await rig.call('POST /providers/:id/test', { params: { id: 'p' }, body: { baseUrl } }, { get })
    expect(codeOf(asked)).toBe('invalid')
    expect(heard).toEqual([])
  })
})
