import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayApart, startGatewayApart } from './gateway-apart.ts'
import { all, calling, type Peopled, startPeopled } from './peopled.ts'
import { ask, type Json } from './product.ts'
import { eventually } from './programs.ts'
import { stores } from './store-kinds.ts'

/** Two gateways, each a process of its own, and a control that is killed while they count. */
describe.each(stores)('requests on %s', (store) => {
  let of: Peopled
  let apart: GatewayApart
  const cleanUp: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    of = await startPeopled(store)
    cleanUp.push(of.stop)
    await of.server('wiki', { catalogs: ['everyone'] })
    apart = await startGatewayApart(of, 'apart')
    cleanUp.push(apart.stop)
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const call = async (base: string, secret: string, server = 'wiki') => {
    const { status } = await ask(`${base}/mcp-connect/${server}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${secret}`,
        'user-agent': 'nightly/1.0',
      },
      body: JSON.stringify(calling('any')),
    })
    return status
  }
  const served = async (times: number, secret: string) => {
    for (let n = 0; n < times; n += 1)
      expect(await call(n % 2 === 0 ? of.product.gatewayUrl : apart.url, secret)).toBe(200)
    return times
  }
  const keyOf = async (id: string): Promise<Json> => (await of.see(`/keys/${id}`)).key
  const becomes = (id: string, requests: number) =>
    eventually(async () => (await keyOf(id)).requests === requests, `the key has ${requests} requests`, 40_000)

  test('D13 D11 B27 a key has as many as all gateways have served, over a control that is killed', {
    timeout: 180_000,
  }, async () => {
    const key = await of.key({ mcp: { servers: all } })
    expect(await keyOf(key.id)).toMatchObject({ requests: 0, lastUsedAt: null })
    const begun = Date.now()
    let sum = await served(30, key.secret)
    // Neither is a call that was refused, by whatever check.
    expect(await call(apart.url, key.secret, 'nowhere')).toBe(403)
    expect(await call(apart.url, `${key.secret.slice(0, -1)}x`)).toBe(401)
    await becomes(key.id, sum)
    await of.product.kill('control')
    sum += await served(20, key.secret)
    await of.product.ready(60_000)
    sum += await served(10, key.secret)
    await becomes(key.id, sum)
    const { lastUsedAt, secrets, revision } = await keyOf(key.id)
    expect(Date.parse(lastUsedAt)).toBeGreaterThanOrEqual(begun)
    expect(Date.parse(lastUsedAt)).toBeLessThanOrEqual(Date.now())
    expect(secrets).toMatchObject([{ version: 1, lastUsedAt }])
    expect(revision).toBe(key.key.revision)
    // What was counted last is told at the end, not lost with the process.
    sum += await served(5, key.secret)
    await apart.stop()
    cleanUp.pop()
    await becomes(key.id, sum)
    const { items } = await of.see(`/keys/${key.id}/clients`)
    expect(items.reduce((total: number, { requests }: Json) => total + requests, 0)).toBe(sum)
    expect(items.map(({ client }: Json) => client)).toContain('nightly/1.0')
  })

  test('D14 the shares of all keys that somebody may see are a hundred percent', { timeout: 120_000 }, async () => {
    const person = await of.person('ada')
    const mine = await of.key({ mcp: { servers: all } })
    const [one, other] = [
      await of.key({ mcp: { servers: all } }, person.token),
      await of.key({ mcp: { servers: all } }, person.token),
    ]
    for (const [{ secret }, times] of [
      [mine, 4],
      [one, 3],
      [other, 1],
    ] as const)
      for (let n = 0; n < times; n += 1) expect(await call(of.product.gatewayUrl, secret)).toBe(200)
    for (const [{ id }, requests] of [
      [mine, 4],
      [one, 3],
      [other, 1],
    ] as const)
      await becomes(id, requests)
    const sharesOf = async (token?: string) =>
      new Map<string, number>((await of.see('/keys?limit=200', token)).items.map(({ id, share }: Json) => [id, share]))
    const [everybodys, hers] = [await sharesOf(), await sharesOf(person.token)]
    const sum = (shares: ReadonlyMap<string, number>) => [...shares.values()].reduce((total, share) => total + share, 0)
    expect(sum(everybodys)).toBeCloseTo(100, 1)
    expect(everybodys.get(mine.id)).toBeGreaterThan(everybodys.get(one.id) ?? 0)
    expect(Object.fromEntries(hers)).toEqual({ [one.id]: 75, [other.id]: 25 })
    await of.change('DELETE', `/keys/${other.id}`)
    expect(Object.fromEntries(await sharesOf(person.token))).toEqual({ [one.id]: 100 })
    expect(sum(await sharesOf())).toBeCloseTo(100, 1)
  })
})
