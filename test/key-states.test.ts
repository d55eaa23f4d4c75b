import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayApart, startGatewayApart } from './gateway-apart.ts'
import {
  all,
  calling,
  closed,
  none,
  only,
  open,
  openStream,
  type Peopled,
  type Stream,
  startPeopled,
  verdictOf,
} from './peopled.ts'
import { ask, type Json } from './product.ts'
import { eventually } from './programs.ts'
import { stores } from './store-kinds.ts'

/** What becomes of a key, as its holder meets it on two gateways: at the next call, and in the streams that are open. */

type Ending = {
  readonly what: string
  readonly end: (of: Peopled, id: string) => Promise<Json>
  readonly answer: [number, string]
  /** Null: it is for good. */
  readonly putBack: ((of: Peopled, id: string) => Promise<Json>) | null
}
const verb = (name: string) => (of: Peopled, id: string) => of.change('POST', `/keys/${id}/${name}`, {})
const patch = (body: Json) => (of: Peopled, id: string) => of.change('PATCH', `/keys/${id}`, body)
const mcp = { servers: all }

const endings: readonly Ending[] = [
  { what: 'D55 D56 it is suspended', end: verb('suspend'), answer: [401, 'key_inactive'], putBack: verb('resume') },
  {
    what: 'A10 A36 it is switched off by a PATCH',
    end: patch({ active: false }),
    answer: [401, 'key_inactive'],
    putBack: patch({ active: true }),
  },
  {
    what: 'D52 it loses the server',
    end: patch({ mcp: { servers: only('other') } }),
    answer: closed,
    putBack: patch({ mcp }),
  },
  { what: 'D52 it loses all servers', end: patch({ mcp: { servers: none } }), answer: closed, putBack: patch({ mcp }) },
  {
    what: 'D52 MCP is switched off',
    end: patch({ mcp: null }),
    answer: [403, 'mcp_disabled'],
    putBack: patch({ mcp }),
  },
  {
    what: 'A26 it loses its projects',
    end: patch({ projects: [] }),
    answer: closed,
    putBack: patch({ projects: null }),
  },
  {
    what: 'D52 it is bound to other addresses',
    end: patch({ addresses: { mode: 'only', cidrs: ['192.0.2.1'] } }),
    answer: [403, 'address_not_allowed'],
    putBack: patch({ addresses: null }),
  },
  {
    what: 'D52 it is bound to other gateways',
    end: patch({ gateways: none }),
    answer: [401, 'gateway_not_allowed'],
    putBack: patch({ gateways: null }),
  },
  { what: 'D56 it is revoked', end: verb('revoke'), answer: [401, 'key_revoked'], putBack: null },
  {
    what: 'A28 B30 D57 it is deleted',
    end: (of, id) => of.change('DELETE', `/keys/${id}`),
    answer: [401, 'key_revoked'],
    putBack: null,
  },
]

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let apart: GatewayApart
  const urls = (server = 'wiki') => [of.product.gatewayUrl, apart.url].map((url) => `${url}/mcp-connect/${server}`)

  beforeAll(async () => {
    of = await startPeopled(store)
    await of.server('wiki', { catalogs: ['everyone'] })
    await of.server('other', { catalogs: ['everyone'] })
    apart = await startGatewayApart(of, 'second')
  })
  afterAll(async () => {
    await apart?.stop()
    await of?.stop()
  })

  const send = (url: string, secret: string) =>
    ask(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify(calling('any')),
    })
  const verdicts = async (secret: string, server?: string) =>
    (await Promise.all(urls(server).map((url) => send(url, secret)))).map(verdictOf)
  const streams = (secret: string): Promise<Stream[]> => Promise.all(urls().map((url) => openStream(url, secret)))

  test.each(endings)('G2 $what: calls are refused and streams are ended on both gateways', async (one) => {
    const { id, secret } = await of.key({ mcp })
    const others = await of.key({ mcp })
    expect(await verdicts(secret)).toEqual([open, open])
    const [held, kept] = [await streams(secret), await streams(others.secret)]
    const { effect } = await one.end(of, id)
    expect(effect.acked).toHaveLength(2)
    expect(await verdicts(secret)).toEqual([one.answer, one.answer])
    await Promise.all(held.map(({ ended }) => ended))
    expect(kept.map(({ isOpen }) => isOpen())).toEqual([true, true])
    if (one.putBack) {
      await one.putBack(of, id)
      expect(await verdicts(secret)).toEqual([open, open])
    } else {
      const again = await of.product.rest('POST', `/keys/${id}/resume`, {})
      expect(again.body.code).toBe(one.what.includes('deleted') ? 'not_found' : 'key_is_revoked')
    }
    for (const stream of kept) stream.close()
  })

  test('D52 B12 what is widened or renamed is so for the next call, and ends no stream', async () => {
    const { id, secret } = await of.key({ mcp: { servers: only('wiki') } })
    const held = await streams(secret)
    expect(await verdicts(secret, 'other')).toEqual([closed, closed])
    const wider = { servers: only('wiki', 'other') }
    await of.change('PATCH', `/keys/${id}`, { mcp: wider, name: 'renamed', tags: ['a'], metadata: { team: 'x' } })
    expect(await verdicts(secret, 'other')).toEqual([open, open])
    expect(held.map(({ isOpen }) => isOpen())).toEqual([true, true])
    for (const stream of held) stream.close()
  })

  test('B14 D10 at its expiry it is refused as expired, streams end by themselves, and with more time it goes on', async () => {
    const { id, secret } = await of.key({ mcp })
    const held = await streams(secret)
    await of.change('PATCH', `/keys/${id}`, { expiresAt: new Date(Date.now() + 1500).toISOString() })
    await Promise.all(held.map(({ ended }) => ended))
    await eventually(async () => (await of.see(`/keys/${id}`)).key.status === 'expired', 'it is shown as expired')
    const expired = [401, 'key_expired']
    expect(await verdicts(secret)).toEqual([expired, expired])
    await of.change('PATCH', `/keys/${id}`, { expiresIn: '30d' })
    expect(await verdicts(secret)).toEqual([open, open])
  })

  test('G2 A36 once a suspension is acknowledged by both gateways, no call that begins is let in, however many are on their way', async () => {
    const { id, secret } = await of.key({ mcp })
    let isOver = false
    const seen: { at: number; status: number | 'cut' }[] = []
    // Whose answer had begun when the key was switched off is cut in the middle of it.
    const statusOf = (url: string) =>
      send(url, secret).then(
        ({ status }) => status,
        () => 'cut' as const,
      )
    const load = urls().flatMap((url) =>
      [1, 2, 3].map(async () => {
        while (!isOver) {
          const at = performance.now()
          seen.push({ at, status: await statusOf(url) })
        }
      }),
    )
    await eventually(async () => seen.length > 50, 'calls are on their way')
    await of.change('POST', `/keys/${id}/suspend`, {})
    const acknowledged = performance.now()
    const before = seen.length
    await eventually(async () => seen.length > before + 50, 'calls went on')
    isOver = true
    await Promise.all(load)
    expect(seen.filter(({ at, status }) => at > acknowledged && status !== 401)).toEqual([])
    expect(seen.some(({ status }) => status === 200)).toBe(true)
  })

  test('D56 the replacement of a revoked key is let in with a secret of its own, and the old one stays out', async () => {
    const { id, secret } = await of.key({ mcp, tags: ['night'] })
    await of.change('POST', `/keys/${id}/revoke`, {})
    const made = await of.make(`/keys/${id}/replacement`, {})
    expect(made.key).toMatchObject({ tags: ['night'], status: 'active' })
    await of.change('PATCH', `/keys/${made.key.id}`, { description: 'heard by both' })
    expect(await verdicts(made.secret)).toEqual([open, open])
    expect(await verdicts(secret)).toEqual([
      [401, 'key_revoked'],
      [401, 'key_revoked'],
    ])
  })

  test('an idempotent replay of a creation, a copy or a URL key holds the key and no secret; another body is refused', async () => {
    const attempt = async (path: string, body: Json, key: string) =>
      of.product.rest('POST', path, body, { 'idempotency-key': key })
    const { id } = await of.key({ mcp })
    const made: [path: string, body: Json][] = [
      ['/keys', { name: 'once', mcp }],
      ['/keys', { name: 'url', kind: 'url', mcp }],
      [`/keys/${id}/duplicate`, {}],
    ]
    for (const [n, [path, body]] of made.entries()) {
      const first = await attempt(path, body, `again-${n}`)
      expect([first.status, typeof first.body.secret]).toEqual([201, 'string'])
      const second = await attempt(path, body, `again-${n}`)
      expect([second.status, second.headers.get('idempotent-replay')]).toEqual([201, 'true'])
      expect(second.body.key).toEqual(first.body.key)
      expect([second.body.secret, second.body.url]).toEqual([undefined, undefined])
      expect(second.text).not.toContain(first.body.secret.slice(22))
      const other = await attempt(path, { ...body, name: 'another' }, `again-${n}`)
      expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
    }
  })

  test('M11 a URL key is answered with the URL of a gateway that serves it', async () => {
    const { secret, url } = await of.make('/keys', { name: 'url', kind: 'url', mcp })
    expect([of.product.gatewayUrl, apart.url].map((base) => `${base}/mcp/${secret}`)).toContain(url)
    expect(of.product.logs()).not.toContain(secret.slice(22))
  })

  test('D55 kill -9 of control amid suspensions leaves every key as it was acknowledged, with its event, on both gateways', async () => {
    const keys = await Promise.all([1, 2, 3, 4].map(() => of.key({ mcp })))
    let isOver = false
    const toggled = keys.map(async ({ id }) => {
      const said: { acknowledged: string; asked: string } = { acknowledged: 'active', asked: 'active' }
      while (!isOver) {
        const name = said.acknowledged === 'active' ? 'suspend' : 'resume'
        said.asked = name === 'suspend' ? 'inactive' : 'active'
        const answer = await of.product.rest('POST', `/keys/${id}/${name}?waitMs=0`, {}).catch(() => null)
        if (answer?.status !== 200) break
        said.acknowledged = answer.body.key.status
      }
      return said
    })
    await eventually(async () => (await of.see(`/keys/${keys[0]?.id}`)).key.revision > 4, 'keys are being turned')
    await of.product.kill('control')
    isOver = true
    const said = await Promise.all(toggled)
    await of.product.ready()
    for (const [n, { id, secret }] of keys.entries()) {
      const { key } = await of.see(`/keys/${id}`)
      expect([said[n]?.acknowledged, said[n]?.asked]).toContain(key.status)
      const { items } = await of.see(`/audit-events?subject=${id}&limit=200`)
      const turns = items.filter(({ action }: Json) => action !== 'key.created')
      expect(turns.length).toBe(key.revision - 1)
      const isOn = key.status === 'active'
      if (turns.length > 0) expect(turns[0].action).toBe(isOn ? 'key.resumed' : 'key.suspended')
      const told = isOn ? open : [401, 'key_inactive']
      await eventually(
        async () => JSON.stringify(await verdicts(secret)) === JSON.stringify([told, told]),
        'both gateways have it',
      )
    }
  }, 60_000)
})
