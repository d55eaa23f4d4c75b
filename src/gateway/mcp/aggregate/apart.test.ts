import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, type Era, type Rig, startRig, startSpeaker } from '../../../../test/aggregate-rig.ts'
import { httpServer, newKey, nextRevision, type TestKey, withCredential } from '../../../../test/fake-control.ts'
import { bearer } from '../../../../test/gateway-world.ts'
import { gone } from '../../../../test/rights.ts'

let rig: Rig
let bob: TestKey
let second: TestKey
let speaker: Awaited<ReturnType<typeof startSpeaker>>
const secret = 'cnry-aggregate-77c1-secret'

beforeAll(async () => {
  bob = await newKey({ owner: { type: 'member', id: 'mem_0000000000000002', name: 'Bob' } })
  second = await newKey()
  speaker = await startSpeaker()
  rig = await startRig(
    {},
    { keys: [bob, second], records: [httpServer('speaker', speaker.url, withCredential(secret))] },
  )
})
afterAll(async () => {
  await rig.stop()
  await speaker.stop()
})

const eras: readonly Era[] = ['legacy', 'modern']
const who = { name: 'speaker__who', arguments: {} }
const textOf = (result: { content?: unknown }) => JSON.stringify(result.content)

describe.each(eras)('R9 G6 clients of the %s era', (era) => {
  test('of two members, and with two keys of one member, never share a session with a server', async () => {
    await using ada = await connect(rig, rig.key, era)
    await using other = await connect(rig, second, era)
    await using his = await connect(rig, bob, era)
    const all = [ada, other, his]
    const texts: string[] = []
    for (const client of [...all, ...all]) texts.push(textOf(await client.callTool(who)))
    expect(new Set(texts).size).toBe(3)
    // And each goes on with its own.
    expect(texts.slice(0, 3)).toEqual(texts.slice(3))
  })

  test('hear nothing that a server tells others while they call', async () => {
    const heard: string[] = []
    await using ada = await connect(rig, rig.key, era, (client) => {
      client.fallbackNotificationHandler = async ({ method }) => void heard.push(method)
    })
    await ada.callTool(who)
    await using his = await connect(rig, bob, era)
    await his.callTool(who)
    expect(heard).toEqual([])
  })

  test('send no header of theirs to a server, and the server gets its own credential', async () => {
    const headers: Record<string, unknown>[] = []
    const spy = (request: { headers: Record<string, unknown> }) => void headers.push(request.headers)
    speaker.server.on('request', spy)
    try {
      await using ada = await connect(rig, rig.key, era)
      await ada.callTool(who)
    } finally {
      speaker.server.off('request', spy)
    }
    expect(headers.length).toBeGreaterThan(0)
    for (const each of headers) {
      expect(each['authorization']).toBe(`Bearer ${secret}`)
      expect(JSON.stringify(each)).not.toContain(rig.key.token)
      expect(each['via']).toContain('ostiary-')
    }
  })
})

describe('a session of the older era', () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  }
  const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: who }
  const begin = async (key: TestKey) => {
    const told = await rig.world.ask('/mcp', bearer(key.token), initialize)
    return [...bearer(key.token), 'mcp-session-id', String(told.headers['mcp-session-id'])]
  }
  const status = async (headers: string[]) => (await rig.world.ask('/mcp', headers, call)).status

  test('moves on to where its server leads now, with a session of its own there', async () => {
    const elsewhere = await startSpeaker()
    const own = await begin(bob)
    expect(await status(own)).toBe(200)
    const before = elsewhere.seen.length
    await rig.world.control.put({ ...httpServer('speaker', elsewhere.url), revision: nextRevision() })
    expect(await status(own)).toBe(200)
    expect(elsewhere.seen.slice(before).map(({ method }) => method)).toContain('initialize')
    await rig.world.control.put(httpServer('speaker', speaker.url, withCredential(secret)))
    await elsewhere.stop()
  })

  test('leaves where its server was at once, and hears nothing more from there', async () => {
    const [old, next] = [await startSpeaker(), await startSpeaker()]
    await rig.world.control.put(httpServer('mover', old.url))
    await using client = await connect(rig, rig.key, 'legacy')
    await client.callTool({ name: 'mover__who', arguments: {} })
    const news = () => old.say({ method: 'notifications/tools/list_changed' })
    await vi.waitFor(() => expect(news()).toBe(1))
    await rig.world.control.put({ ...httpServer('mover', next.url), revision: nextRevision() })
    await vi.waitFor(() => expect(news()).toBe(0))
    await rig.world.control.put(gone('server', `srv_${'mover'.padEnd(16, '0')}`))
    await Promise.all([old.stop(), next.stop()])
  })

  test('is one of at most a hundred of its key: the one that was used longest ago ends', async () => {
    const first = await begin(second)
    const next = await begin(second)
    for (let round = 0; round < 98; round += 1) await begin(second)
    expect(await status(first)).toBe(200)
    await begin(second)
    expect([await status(first), await status(next)]).toEqual([200, 404])
  })

  test('ends when nobody has used it for half an hour', async () => {
    const own = await begin(rig.key)
    expect(await status(own)).toBe(200)
    rig.world.shiftClocks(31 * 60_000)
    await vi.waitFor(() => expect(rig.world.gateway.ready()).toBe(true))
    expect(await status(own)).toBe(404)
  })
})

describe('a ring of gateways', () => {
  test('is noticed where a server leads back to /mcp', async () => {
    const ring = await newKey()
    const back = httpServer('ring', `${rig.world.base}/mcp`, withCredential(rig.key.token))
    await rig.world.control.put(ring.record, back)
    rig.world.control.tell({ type: 'proofs', items: [ring.proof], complete: false })
    await using client = await connect(rig, ring, 'modern')
    const list = await client.request({ method: 'tools/list' })
    expect(list._meta?.['ostiary/unavailable']).toMatchObject([{ server: 'ring' }])
  })
})
