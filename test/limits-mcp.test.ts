import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayApart, startGatewayApart } from './gateway-apart.ts'
import { all, calling, type Peopled, startPeopled, whoAmI } from './peopled.ts'
import { type Answer, ask } from './product.ts'
import { eventually } from './programs.ts'
import { startRawUpstream } from './raw-upstream.ts'
import { stores } from './store-kinds.ts'

/** Two gateways, each a process of its own, and the limits and budgets of keys that call MCP servers over both. */
describe.each(stores)('limits and budgets on MCP, on %s', (store) => {
  let of: Peopled
  let apart: GatewayApart
  const cleanUp: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    of = await startPeopled(store)
    cleanUp.push(of.stop)
    await of.server('shop', { catalogs: ['everyone'], toolPrices: { echo: '0.01' } })
    apart = await startGatewayApart(of, 'apart')
    cleanUp.push(apart.stop)
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const key = (more: object) => of.key({ mcp: { servers: all }, ...more })
  const post = (base: string, secret: string, body: object, path = '/mcp-connect/shop'): Promise<Answer> =>
    ask(`${base}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${secret}`,
      },
      body: JSON.stringify(body),
    })
  /** On a busy machine control may take longer than a gateway waits for it; then nothing was taken, and one asks again. */
  async function firmly(call: () => Promise<Answer>): Promise<Answer> {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const answer = await call()
      if (answer.status !== 503) return answer
    }
    throw new Error('control has not answered in time, again and again')
  }
  const bases = () => [of.product.gatewayUrl, apart.url]
  const baseOf = (n: number): string => bases()[n % 2] ?? ''
  /** Of the store's clock, which is this machine's. */
  const minute = () => Math.floor(Date.now() / 60_000)
  /** What was done within one minute, from the beginning until the end; else it is done anew, with another key. */
  async function withinAMinute<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const before = minute()
      const done = await work()
      if (minute() === before) return done
    }
    throw new Error('it takes longer than a minute, again and again')
  }
  const codeOf = ({ body }: Answer): string | undefined => body?.error?.data?.code

  test('D21 R5 of four calls in a minute over two gateways three are served, the fourth is 429 with Retry-After', {
    timeout: 120_000,
  }, async () => {
    const { told, secret } = await withinAMinute(async () => {
      const { secret } = await key({ limits: { requestsPerMinute: 3 } })
      const told: Answer[] = []
      for (let n = 0; n < 4; n += 1) told.push(await firmly(() => post(baseOf(n), secret, calling('any'))))
      return { told, secret }
    })
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200, 429])
    const refused = told[3]
    expect(refused?.body).toMatchObject({ error: { code: -32009, data: { code: 'rate_limited' } } })
    const seconds = Number(refused?.headers.get('retry-after'))
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(seconds).toBeLessThanOrEqual(61)
    expect(refused?.body.error.data.retryAfter).toBe(seconds)
    expect(told[0]?.headers.get('ratelimit-policy')).toContain('q=3;w=60')
    // Greeting and ping never count.
    for (const method of ['initialize', 'ping', 'server/discover'])
      expect((await post(baseOf(0), secret, { jsonrpc: '2.0', id: 1, method, params: {} })).status).toBe(200)
  })

  test('D21 a key that only greets keeps all of its requests', { timeout: 120_000 }, async () => {
    const told = await withinAMinute(async () => {
      const { secret } = await key({ limits: { requestsPerMinute: 1 } })
      for (let n = 0; n < 6; n += 1)
        await post(baseOf(n), secret, { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} })
      const again = () => firmly(() => post(baseOf(0), secret, calling('any')))
      return [await again(), await again()]
    })
    expect(told.map(({ status }) => status)).toEqual([200, 429])
  })

  test('D21 R5 sixty at once over two gateways are served as many as the limit says, and no more', {
    timeout: 120_000,
  }, async () => {
    const told = await withinAMinute(async () => {
      const { secret } = await key({ limits: { requestsPerMinute: 20 } })
      const once = await Promise.all(Array.from({ length: 60 }, (_, n) => post(baseOf(n), secret, calling('any'))))
      const afterwards: Answer[] = []
      // What was on its way to a gateway when its calls were refused is there now.
      for (let n = 0; n < 30; n += 1) afterwards.push(await post(baseOf(n), secret, calling('any')))
      return [...once, ...afterwards]
    })
    expect(told.filter(({ status }) => status === 200).length).toBe(20)
    for (const one of told.filter(({ status }) => status !== 200))
      expect(['rate_limited', 'limits_unavailable']).toContain(codeOf(one))
  })

  test('D23 D24 a budget pays for exactly as many calls as it is worth, fifty at once', {
    timeout: 120_000,
  }, async () => {
    const { id, secret } = await key({ budgets: [{ usd: '0.10' }] })
    const told = await Promise.all(
      Array.from({ length: 50 }, () => post(of.product.gatewayUrl, secret, calling('echo'))),
    )
    const served = told.filter(({ status }) => status === 200).length
    let more = 0
    // What was still on its way between control and gateway when the others were refused is there now.
    while (served + more < 10 && (await post(of.product.gatewayUrl, secret, calling('echo'))).status === 200) more += 1
    expect(served + more).toBe(10)
    const refused = await post(of.product.gatewayUrl, secret, calling('echo'))
    expect([refused.status, codeOf(refused)]).toEqual([429, 'budget_exceeded'])
    expect(refused.body.error.message).toMatch(/budget/i)
    // A tool without a price is free.
    expect((await post(of.product.gatewayUrl, secret, calling('any'))).status).toBe(200)
    await eventually(
      async () => (await of.see(`/keys/${id}`)).key.budgets[0].spentUsd === '0.10',
      'the budget is spent in the books',
      40_000,
    )
    const me = (await whoAmI(of.product.gatewayUrl, secret)).body
    expect(me.budgets).toMatchObject([{ target: 'key', period: 'total' }])
  })

  test('D21 two calls at the same time, and a third when one of them is over', { timeout: 120_000 }, async () => {
    const { secret } = await key({ limits: { concurrent: 2 } })
    const base = of.product.gatewayUrl
    const running = [await of.stream('shop', secret), await of.stream('shop', secret)]
    const third = await post(base, secret, calling('any'))
    expect([third.status, codeOf(third)]).toEqual([429, 'rate_limited'])
    running[0]?.close()
    await eventually(async () => (await post(base, secret, calling('any'))).status === 200, 'there is a place again')
    running[1]?.close()
  })

  test('D21 one stream of the protocol at a time, and another when it has ended', { timeout: 120_000 }, async () => {
    const server = await startRawUpstream()
    cleanUp.push(server.stop)
    server.answerAll(({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    })
    await of.server('news', { catalogs: ['everyone'], transport: { type: 'http', url: server.url } })
    const { secret } = await key({ limits: { streams: 1 } })
    const listen = async (base: string) => {
      const stop = new AbortController()
      const headers = { accept: 'text/event-stream', authorization: `Bearer ${secret}` }
      const { status } = await fetch(`${base}/mcp-connect/news`, { headers, signal: stop.signal })
      return { status, stop: () => stop.abort() }
    }
    const first = await listen(baseOf(0))
    expect(first.status).toBe(200)
    for (const base of bases()) expect((await listen(base)).status).toBe(429)
    first.stop()
    await eventually(async () => {
      const { status, stop } = await listen(baseOf(0))
      stop()
      return status === 200
    }, 'there is a place again')
  })

  test('D21 D23 who makes a second key leaves neither his own limit nor the budget of his team', {
    timeout: 120_000,
  }, async () => {
    const ada = await of.person(`ada-${store}`)
    const { team } = await of.make('/teams', { slug: 'payers', name: 'Payers', members: [ada.id] })
    const { limit } = await of.make('/limits', { target: { type: 'member', id: ada.id }, requestsPerMinute: 4 })
    await of.make('/budgets', { target: { type: 'team', id: team.id }, usd: '0.02' })
    const mine = { mcp: { servers: all }, owner: { type: 'member', id: ada.id } }
    const told = await withinAMinute(async () => {
      const keys = [await of.key(mine, ada.token), await of.key(mine, ada.token)]
      const answers: Answer[] = []
      for (let n = 0; n < 6; n += 1)
        answers.push(await firmly(() => post(of.product.gatewayUrl, keys[n % 2]?.secret ?? '', calling('any'))))
      return answers
    })
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
    expect(told[4]?.body.error.message).toMatch(/member/i)
    await of.change('PATCH', `/limits/${limit.id}`, { requestsPerMinute: 1000 })
    const keys = [await of.key(mine, ada.token), await of.key(mine, ada.token)]
    const priced: Answer[] = []
    for (let n = 0; n < 4; n += 1)
      priced.push(await firmly(() => post(of.product.gatewayUrl, keys[n % 2]?.secret ?? '', calling('echo'))))
    expect(priced.map(codeOf)).toEqual([undefined, undefined, 'budget_exceeded', 'budget_exceeded'])
  })

  test('D21 at the address of all servers a call counts once, and over the limit the answer is the same', {
    timeout: 120_000,
  }, async () => {
    const told = await withinAMinute(async () => {
      const { secret } = await key({ limits: { requestsPerMinute: 2 } })
      const modern = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      }
      const list = { jsonrpc: '2.0', id: 5, method: 'tools/list', params: { _meta: modern } }
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: `Bearer ${secret}`,
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/list',
      }
      const asked = { method: 'POST', headers, body: JSON.stringify(list) }
      const answers: Answer[] = []
      for (let n = 0; n < 3; n += 1) answers.push(await firmly(() => ask(`${of.product.gatewayUrl}/mcp`, asked)))
      return answers
    })
    expect([told[0]?.status === 429, told[1]?.status === 429, told[2]?.status]).toEqual([false, false, 429])
    expect(told[2]?.body).toMatchObject({ id: 5, error: { data: { code: 'rate_limited' } } })
  })
})
