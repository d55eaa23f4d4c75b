import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startGatewayApart } from './gateway-apart.ts'
import { all, calling, openStream, type Peopled, startPeopled, verdictOf } from './peopled.ts'
import { ask, type Json } from './product.ts'
import { eventually } from './programs.ts'
import { stores } from './store-kinds.ts'

type Place = { readonly id: string; readonly url: string }

describe.each(stores)('a key that others have, on %s', (store) => {
  let of: Peopled
  let places: Place[] = []
  const cleanUp: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    of = await startPeopled(store)
    cleanUp.push(of.stop)
    await of.server('wiki', { catalogs: ['everyone'] })
    const [embedded] = (await of.see('/gateways')).items
    const apart = await startGatewayApart(of, 'second')
    cleanUp.push(apart.stop)
    places = [{ id: embedded.id, url: of.product.gatewayUrl }, apart]
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const at = async ({ url }: Place, secret: string): Promise<[number, string | null]> => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${secret}`,
      'user-agent': 'thief/1.0',
    }
    const init = { method: 'POST', headers, body: JSON.stringify(calling('any')) }
    return verdictOf(await ask(`${url}/mcp-connect/wiki`, init))
  }
  const everywhere = (secret: string) => Promise.all(places.map((place) => at(place, secret)))
  const childOf = async (id: string): Promise<string> => (await of.make(`/keys/${id}/children`, {})).access_token
  const compromise = async (id: string, body: object = {}): Promise<Json> => {
    const { status, text, body: answer } = await of.product.rest('POST', `/keys/${id}/compromise`, body)
    expect(status, text).toBe(200)
    return answer
  }
  const open = [200, null]
  const revoked = [401, 'key_revoked']

  test('a child is taken on both gateways, once both have said where they are', async () => {
    const probe = await of.key({ mcp: { servers: all } })
    const taken = async () => expect(await everywhere(await childOf(probe.id))).toEqual([open, open])
    await vi.waitFor(taken, { timeout: 20_000, interval: 250 })
  })

  test('G2 one call cuts secret, child and open streams on two gateways by the effect that it names', async () => {
    const key = await of.key({ mcp: { servers: all } })
    const child = await childOf(key.id)
    expect([...(await everywhere(key.secret)), ...(await everywhere(child))]).toEqual([open, open, open, open])
    const streams = await Promise.all(
      places.flatMap(({ url }) => [key.secret, child].map((secret) => openStream(`${url}/mcp-connect/wiki`, secret))),
    )
    const other = await of.key({ mcp: { servers: all } })
    const others = await openStream(`${places[1]?.url}/mcp-connect/wiki`, other.secret)

    const { effect, key: shown, replacement } = await compromise(key.id, { reason: 'in a paste', waitMs: 10_000 })
    expect(effect.pending).toEqual([])
    expect(effect.acked.map(({ gateway }: Json) => gateway).toSorted()).toEqual(places.map(({ id }) => id).toSorted())
    expect(Date.parse(effect.effectiveEverywhereBy)).toBeLessThanOrEqual(Date.now())
    expect([...(await everywhere(key.secret)), ...(await everywhere(child))]).toEqual([
      revoked,
      revoked,
      revoked,
      revoked,
    ])
    await Promise.all(streams.map(({ ended }) => ended))
    expect([shown.status, others.isOpen()]).toEqual(['revoked', true])
    others.close()
    expect(await everywhere(other.secret)).toEqual([open, open])

    const code = new URL(replacement.claim.url).hash.slice(1)
    const claimed = await of.product.rest('POST', '/claims', { code })
    expect([claimed.status, claimed.body.key.id]).toEqual([200, replacement.key.id])
    expect(await everywhere(claimed.body.secret)).toEqual([open, open])
    expect(await everywhere(key.secret)).toEqual([revoked, revoked])
    expect((await of.product.rest('POST', `/keys/${key.id}/children`, {})).status).toBe(409)
  }, 60_000)

  test('the evidence names what gateways have seen, and a dry run cuts nothing', async () => {
    const key = await of.key({ mcp: { servers: all } })
    const child = await childOf(key.id)
    await everywhere(key.secret)
    await everywhere(child)
    const seen = await eventually(async () => {
      const { evidence } = await compromise(key.id, { dryRun: true })
      const requests = evidence.calls.reduce((sum: number, call: Json) => sum + call.requests, 0)
      return requests >= 4 && evidence
    }, 'gateways have reported')
    // Version 0: through the child, which nobody's secret has asked for.
    const thief = { client: 'thief/1.0', address: '127.0.0.1', requests: 2 }
    expect(seen.clients.toSorted((a: Json, b: Json) => a.version - b.version)).toMatchObject([
      { ...thief, version: 0 },
      { ...thief, version: 1 },
    ])
    expect(seen.calls).toMatchObject([{ tool: 'any', requests: 4 }])
    expect(seen.children).toMatchObject([{ status: 'active' }])
    expect(seen.events.map(({ action }: Json) => action)).toContain('key.created')
    expect([...(await everywhere(key.secret)), ...(await everywhere(child))]).toEqual([open, open, open, open])
    const { evidence, replacement } = await compromise(key.id)
    expect(evidence.clients).toHaveLength(2)
    expect(replacement.key.status).toBe('active')
    expect(JSON.stringify(evidence)).not.toContain(key.secret.slice(22))
    expect(JSON.stringify(evidence)).not.toContain(child.slice(40))
  }, 60_000)
})
