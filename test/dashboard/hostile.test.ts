import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { screens } from '../../dashboard/screens.data.ts'
import { startRawUpstream } from '../raw-upstream.ts'
import { hostile } from './hostile.data.ts'
import { chromium, password, type Rig, startDashboard } from './rig.ts'
import { placesOf } from './screens-rig.ts'
import type { Peopled } from './world.ts'

/** What people, servers and clients wrote is shown as they wrote it and is never markup, wherever it stands. */
describe.skipIf(chromium === null)('hostile texts', () => {
  let rig: Rig
  let page: Page
  let places: { id: string; path: string }[]
  const cleanUp: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    expect(hostile).toHaveLength(40)
    rig = await startDashboard()
    cleanUp.push(rig.stop)
    const upstream = await startRawUpstream()
    cleanUp.push(upstream.stop)
    upstream.answerAll(({ body, response }) => {
      const { id, method } = JSON.parse(String(body) || '{}')
      const tools = hostile.map((text, at) => ({
        name: `tool_${at}`,
        title: text,
        description: text,
        inputSchema: { type: 'object' },
      }))
      const started = {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: hostile[0], version: hostile[1] },
      }
      const result = method === 'initialize' ? started : method === 'tools/list' ? { tools } : {}
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id, result }))
    })
    places = await placesOf(rig, await fillWith(rig, upstream.url))
    page = await rig.visit()
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  /** Nothing of it ran, and nothing of it became an element. */
  const isHarmless = async (where: string) => {
    const found = await page.evaluate(`[
      window.pwned ?? null,
      document.querySelectorAll('#pwned, .pwned, #dashboard iframe, #dashboard script, #dashboard object, #dashboard embed, #dashboard form[action*="evil"], base, link[href*="evil"], img[src="x"], a[href^="javascript:" i], a[href^="data:" i]').length,
    ]`)
    expect(found, where).toEqual([null, 0])
  }

  test.each(screens.map(({ id }) => id))(
    'no screen takes forty hostile texts for markup: %s',
    async (id) => {
      await rig.open(page, places.find((place) => place.id === id)?.path ?? '/')
      await isHarmless(id)
    },
    60_000,
  )

  test('the list of keys shows each of them as it was written', async () => {
    await rig.open(page, '/configuration/api-keys?rows=100')
    const shown = (await page.locator('#content').innerText()).replaceAll(/\s+/g, ' ')
    for (const text of hostile) expect(shown).toContain(text)
    await isHarmless('keys')
  })

  test('an address that was made of one of them finds nothing and runs nothing', async () => {
    for (const text of hostile.slice(0, 12)) {
      await rig.open(page, `/configuration/api-keys?search=${encodeURIComponent(text)}&key=${encodeURIComponent(text)}`)
      await isHarmless(text)
    }
  }, 90_000)
})

async function fillWith({ done, product }: Rig, url: string): Promise<Peopled> {
  const at = (n: number): string => hostile[n % hostile.length] ?? ''
  const keys: Peopled['keys'] = {}
  for (const text of hostile) {
    const made = await done('POST /keys', {
      name: text,
      description: text,
      metadata: { note: text },
      mcp: { enabled: true, servers: { mode: 'all' } },
    })
    Object.assign(keys, { 'Production API': made })
  }
  await done('POST /servers', { slug: 'everything', name: at(1), transport: { type: 'http', url } })
  await product.rest('POST', '/servers/everything/test')
  for (let n = 0; n < 8; n += 1) {
    await done('POST /projects', { slug: `p${n}`, name: at(n), tier: 'development' })
    await done('POST /teams', { slug: `t${n}`, name: at(n + 8), members: [] })
    await done('POST /catalogs', { slug: `c${n}`, name: at(n + 16) })
    await done('POST /members', { email: `h${n}@example.com`, name: at(n + 24), role: 'member', password })
    await done('POST /apps', { slug: `a${n}`, name: at(n + 32) })
    await done('POST /webhooks', { name: at(n), url: `https://hooks.example.com/${n}`, events: ['key.*'] })
    await done('POST /management-tokens', { name: at(n + 4), scopes: ['keys:read'] })
  }
  await done('POST /budgets', { target: { type: 'organization' }, period: 'month', usd: '10' }).catch(() => null)
  await product.call(
    'everything',
    String(keys['Production API']?.secret),
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: at(0), arguments: {} } },
    { headers: { 'user-agent': at(2) } },
  )
  await product.rest('POST', '/access-requests', {
    key: keys['Production API']?.key.id,
    server: 'everything',
    reason: at(3),
  })
  return { keys, stop: async () => {} }
}
