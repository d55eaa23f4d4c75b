import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Sdk from '@modelcontextprotocol/client'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBrowser, launchBrowser } from './browser.ts'
import { startEverything } from './everything.ts'
import type { Era } from './mcp-clients.ts'
import { openSite, type Site } from './pages.ts'
import { ask, type Product, startProduct } from './product.ts'
import { eventually, freePorts, startNode } from './programs.ts'

/** Clients that run in a browser: the Inspector, and pages of somebody, from origins that are configured or not. */

const found = await findBrowser()
if (found === null && process.platform === 'linux')
  throw new Error('There is no Chromium here, nor the one of a package.')
if (found === null) console.warn(`No Chromium is installed on this ${process.platform}: browser clients are not tried.`)

const inspectorToken = 'a-token-of-the-inspector-itself'
let [product, site, foreign]: [Product, Site, Site] = [] as never
let context: BrowserContext
let inspector: string
const secrets = { key: '', url: '' }
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  if (found === null) return
  const everything = await startEverything()
  cleanUp.push(everything.stop)
  const fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  cleanUp.push(() => fixture.stop())
  const [fixtureUrl] = await fixture.says(/http:\S+/)
  ;[site, foreign] = [await openSite(), await openSite()]
  cleanUp.push(site.stop, foreign.stop)
  inspector = await startInspector()
  const origins = [site.origin, inspector].join()
  product = await startProduct({ store: 'sqlite', env: { OSTIARY_GATEWAY_ORIGINS: origins } })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'everything', transport: { type: 'http', url: everything.url } })
  await product.addServer({ slug: 'modern', transport: { type: 'http', url: fixtureUrl } })
  for (const kind of ['key', 'url'] as const) {
    const mcp = { servers: { mode: 'only', items: ['everything', 'modern'] } }
    secrets[kind] = (await product.rest('POST', '/keys', { name: kind, kind, mcp })).body.secret
  }
  const { browser, close } = await launchBrowser(found)
  cleanUp.push(close)
  context = await browser.newContext()
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

/** Its web interface, on ports of its own, with an empty catalogue and nothing kept. */
async function startInspector(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'ostiary-inspector-'))
  cleanUp.push(() => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  const catalog = join(home, 'mcp.json')
  await writeFile(catalog, '{"mcpServers":{}}')
  const [port = 0, sandbox = 0, apps = 0] = await freePorts(3)
  const program = startNode(['node_modules/.bin/mcp-inspector', '--web', '--catalog', catalog], {
    HOME: home,
    HOST: '127.0.0.1',
    CLIENT_PORT: String(port),
    MCP_SANDBOX_PORT: String(sandbox),
    MCP_APP_ORIGIN_PORT: String(apps),
    MCP_AUTO_OPEN_ENABLED: 'false',
    MCP_STORAGE_DIR: join(home, 'storage'),
    MCP_INSPECTOR_SECRET_STORE: 'memory',
    MCP_INSPECTOR_API_TOKEN: inspectorToken,
  })
  cleanUp.push(() => program.stop(2_000))
  await program.says(/up and running/)
  return `http://127.0.0.1:${port}`
}

const serverUrl = () => `${product.gatewayUrl}/mcp-connect/everything`

async function onPage<T>(origin: string, work: (page: Page) => Promise<T>): Promise<T> {
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  try {
    await page.goto(origin, { waitUntil: 'load' })
    return await work(page)
  } finally {
    await page.close()
  }
}

describe.skipIf(found === null)("the Inspector's web interface in a browser", () => {
  /** What a person does: the address in one dialog, the header in another, then the switch. */
  async function connect(page: Page, id: string, url: string, header: string | null): Promise<void> {
    await page.getByRole('button', { name: 'Add Servers' }).click()
    await page.getByRole('menuitem', { name: 'Add manually' }).click()
    const adding = page.getByRole('dialog', { name: 'Add server' })
    await adding.getByRole('textbox', { name: 'Server ID' }).fill(id)
    await adding.getByRole('textbox', { name: 'Transport' }).click()
    await page.getByRole('option', { name: 'streamable-http' }).click()
    await adding.getByRole('textbox', { name: 'URL' }).fill(url)
    await adding.getByRole('button', { name: 'Add', exact: true }).click()
    await adding.waitFor({ state: 'hidden' })
    if (header !== null) await setHeader(page, header)
    await page.getByRole('switch', { name: `Connect or disconnect "${id}"` }).click({ force: true })
  }

  async function setHeader(page: Page, value: string): Promise<void> {
    await page.getByRole('button', { name: 'Settings', exact: true }).last().click()
    const settings = page.getByRole('dialog', { name: 'Server Settings' })
    await settings.getByRole('button', { name: 'Custom Headers' }).click()
    await settings.getByRole('button', { name: 'Add Header' }).click()
    await settings.getByRole('textbox', { name: /header name/ }).fill('Authorization')
    const saved = page.waitForResponse((answer) => answer.request().method() === 'PUT')
    await settings.getByRole('textbox', { name: /header value/ }).fill(value)
    await saved
    await settings.getByRole('button', { name: 'Close' }).click()
    await settings.waitFor({ state: 'hidden' })
  }

  async function callsEcho(page: Page): Promise<void> {
    await page.getByText('Connected', { exact: true }).waitFor()
    await page.getByRole('banner').getByText('Tools', { exact: true }).click()
    await page.getByText('echo', { exact: true }).first().click()
    await page.getByRole('textbox', { name: /message/i }).fill('from a browser')
    await page.getByRole('button', { name: /^(Execute|Run|Call)/ }).click()
    await page.getByText('Echo: from a browser').first().waitFor()
  }

  const interfaceUrl = () => `${inspector}/?MCP_INSPECTOR_API_TOKEN=${inspectorToken}`

  test('A04 B20 connects with a header key, lists the tools and calls one', async () => {
    await onPage(interfaceUrl(), async (page) => {
      const called = new Set<string>()
      page.on('request', (request) => called.add(new URL(request.url()).origin))
      await connect(page, 'by-header', serverUrl(), `Bearer ${secrets.key}`)
      await callsEcho(page)
      // Since its version 2 the page has no connection of its own: its backend holds them, so no Origin reaches us.
      expect(called).not.toContain(product.gatewayUrl)
    })
    expect(product.logs()).toMatch(/"server":"everything","method":"tools\/call","tool":"echo","status":200/)
  }, 40_000)

  test('A04 C13 connects with a URL key and no header at all, to all servers of the key', async () => {
    await onPage(interfaceUrl(), async (page) => {
      await connect(page, 'by-url', `${product.gatewayUrl}/mcp/${secrets.url}`, null)
      await page.getByText('Connected', { exact: true }).waitFor()
      await page.getByRole('banner').getByText('Tools', { exact: true }).click()
      for (const tool of ['everything__echo', 'modern__test_echo'])
        await page.getByText(tool, { exact: true }).first().waitFor({ state: 'attached' })
    })
    expect(product.logs().includes(secrets.url)).toBe(false)
  }, 40_000)
})

describe.skipIf(found === null)('a page', () => {
  type Asked = {
    readonly url: string
    readonly headers: Record<string, string>
    readonly era: Era
    readonly echo: string
    readonly slow: string
  }

  /** Runs in the browser, on the SDK as it is shipped; the page has loaded it. */
  const withSdk = async ({ url, headers, era, echo, slow }: Asked) => {
    const { Client, StreamableHTTPClientTransport } = Object(globalThis).sdk as typeof Sdk
    const mode = era === 'pinned' ? ({ pin: '2026-07-28' } as const) : era
    const client = new Client({ name: 'page', version: '1' }, { versionNegotiation: { mode } })
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
    const progress: number[] = []
    const { tools } = await client.listTools()
    const { content } = await client.callTool({ name: echo, arguments: { message: 'page' } })
    const onprogress = (step: { progress: number }) => void progress.push(step.progress)
    await client.callTool({ name: slow, arguments: { duration: 0.3, steps: 3 } }, { onprogress })
    await client.close()
    return { tools: tools.map(({ name }) => name), text: Object(content)[0].text as string, progress: progress.length }
  }

  const everything = { path: '/mcp-connect/everything', echo: 'echo', slow: 'trigger-long-running-operation' }
  const modern = { path: '/mcp-connect/modern', echo: 'test_echo', slow: 'test_tool_with_progress' }
  const all = { path: '/mcp', echo: 'modern__test_echo', slow: 'modern__test_tool_with_progress' }
  const bearer = () => ({ authorization: `Bearer ${secrets.key}` })
  const ways = [
    { way: 'a header key', era: 'legacy', ...everything, headers: bearer },
    { way: 'a header key', era: 'auto', ...everything, headers: bearer },
    { way: 'x-api-key', era: 'legacy', ...everything, headers: () => ({ 'x-api-key': secrets.key }) },
    { way: 'a URL key', era: 'legacy', ...everything, headers: () => ({}), isUrl: true },
    { way: 'a header key', era: 'pinned', ...modern, headers: bearer },
    { way: 'a header key', era: 'legacy', ...all, headers: bearer },
    { way: 'a header key', era: 'pinned', ...all, headers: bearer },
    { way: 'a URL key', era: 'auto', ...all, headers: () => ({}), isUrl: true },
  ] as const
  test.each(ways)('B20 of a configured origin calls $path with the official SDK ($era) and $way', async (given) => {
    const { echo, slow, era, headers } = given
    const path = 'isUrl' in given ? given.path.replace(/^\/mcp(-connect)?/, `/mcp/${secrets.url}`) : given.path
    const asked: Asked = { url: product.gatewayUrl + path, headers: headers(), era, echo, slow }
    const { tools, text, progress } = await onPage(`${site.origin}/sdk`, (page) => page.evaluate(withSdk, asked))
    expect(tools).toContain(echo)
    expect(text).toMatch(/^(Echo: )?page$/)
    expect(progress).toBe(3)
  })

  const hello = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'page', version: '1' } },
  }
  type Plain = { readonly url: string; readonly secret: string; readonly hello: object }

  /** Runs in the browser: what a page can see of an answer, piece by piece. */
  const streaming = async ({ url, secret, hello }: Plain) => {
    const headers = {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const post = (body: object, more = {}) =>
      fetch(url, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify(body) })
    const session = (await post(hello)).headers.get('mcp-session-id') ?? ''
    const mine = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
    await post({ jsonrpc: '2.0', method: 'notifications/initialized' }, mine)
    const params = {
      name: 'trigger-long-running-operation',
      arguments: { duration: 0.3, steps: 3 },
      _meta: { progressToken: 7 },
    }
    const answer = await post({ jsonrpc: '2.0', id: 2, method: 'tools/call', params }, mine)
    const pieces: string[] = []
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) pieces.push(piece.value)
    const ended = await fetch(url, { method: 'DELETE', headers: { ...headers, ...mine } })
    return { session, pieces, requestId: answer.headers.get('x-request-id'), ended: ended.status }
  }

  test('B20 of a configured origin reads the session, the request id, and a stream as it comes', async () => {
    const plain = { url: serverUrl(), secret: secrets.key, hello }
    const { session, pieces, requestId, ended } = await onPage(site.origin, (page) => page.evaluate(streaming, plain))
    expect(session).toMatch(/^[^.]+\../)
    expect(requestId).toMatch(/^req_/)
    const firstProgress = pieces.findIndex((piece) => piece.includes('notifications/progress'))
    const result = pieces.findIndex((piece) => piece.includes('"result"'))
    expect([firstProgress >= 0, result > firstProgress, ended]).toEqual([true, true, 200])
  })

  test('B20 of a configured origin can read why it was refused', async () => {
    const refused = await onPage(site.origin, (page) =>
      page.evaluate(async (url) => {
        const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
        return { status: answer.status, header: answer.headers.get('www-authenticate'), body: await answer.json() }
      }, serverUrl()),
    )
    expect(refused).toMatchObject({ status: 401, body: { error: { data: { code: 'key_missing' } } } })
    expect(refused.header).toMatch(/^Bearer/)
  })

  const fails = async ({ url, secret, hello }: Plain) =>
    fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(hello),
    }).then(
      (answer) => `read ${answer.status}`,
      (error: Error) => error.name,
    )

  test('of another origin gets nothing, though its user has a key, and its call never arrives', async () => {
    const before = callsLogged()
    const plain = { url: serverUrl(), secret: secrets.key, hello }
    expect(await onPage(foreign.origin, (page) => page.evaluate(fails, plain))).toBe('TypeError')
    expect(callsLogged()).toBe(before)
  })

  /** So plain that no browser asks before it sends it; the key is in the address. */
  const posts = ({ url, body }: { readonly url: string; readonly body: string }) =>
    fetch(url, { method: 'POST', body }).then(
      (answer) => `read ${answer.status}`,
      (error: Error) => error.name,
    )

  const callsLogged = () => product.logs().split('"method":"initialize"').length

  test('of another origin is refused by 403 and without CORS also where browsers ask nobody first', async () => {
    const url = `${product.gatewayUrl}/mcp/${secrets.url}/everything`
    const { seen, answers } = await onPage(foreign.origin, async (page) => {
      // What came over the wire: of an answer that a page may not read, Playwright itself says nothing.
      const wire = await context.newCDPSession(page)
      const answers: { readonly status: number; readonly headers: readonly string[] }[] = []
      wire.on('Network.responseReceivedExtraInfo', ({ statusCode, headers }) =>
        answers.push({ status: statusCode, headers: Object.keys(headers).map((name) => name.toLowerCase()) }),
      )
      await wire.send('Network.enable')
      const seen = await page.evaluate(posts, { url, body: JSON.stringify(hello) })
      await eventually(() => answers.length > 0, 'the browser says what came')
      return { seen, answers }
    })
    expect([seen, answers.map(({ status }) => status)]).toEqual(['TypeError', [403]])
    expect(answers.flatMap(({ headers }) => headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('the preflight is answered without a key, and says to no other origin what is allowed', async () => {
    const preflight = (origin: string) =>
      ask(serverUrl(), {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type,mcp-protocol-version,x-evil',
        },
      })
    const granted = await preflight(site.origin)
    expect(granted.status).toBe(204)
    expect(granted.headers.get('access-control-allow-origin')).toBe(site.origin)
    expect(granted.headers.get('access-control-allow-headers')).toBe(
      'authorization, content-type, mcp-protocol-version',
    )
    expect(granted.headers.get('access-control-allow-credentials')).toBeNull()
    const refused = await preflight(foreign.origin)
    expect([refused.status, refused.body?.error?.data?.code]).toEqual([403, 'origin_not_allowed'])
    expect([...refused.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})
