import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { ownerAmong } from '../src/gateway/peers/owner.ts'
import { httpServer, newKey, nextRevision, organization, type TestKey } from './fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, type Told } from './gateway-world.ts'
import { initialize, modernCallOf, modernHeaders, pidServer, textOf, toolCallOf } from './pid-server.ts'
import { startRawUpstream } from './raw-upstream.ts'

/** Two gateways in this process, which know of each other what a control would tell them. */

const [idA, idB] = ['gwy_000000000000000A', 'gwy_000000000000000B']
/** One for each test that begins many processes: a server runs a few times only on one gateway. */
const slugs = ['pids', 'same', 'once', 'modern', 'lost', 'unreached', 'partial']
const server = '/mcp-connect/pids'
let [a, b]: GatewayUnderTest[] = []
let keys: TestKey[] = []
let urlKey: TestKey
let near: TestKey
let far: TestKey
const folder = mkdtempSync(path.join(tmpdir(), 'ostiary-peers-'))

const owners = Array.from({ length: 6 }, (_, n) => `mem_${String(n).padStart(16, '0')}`)

beforeAll(async () => {
  const ownedBy = (id: string) => ({ owner: { type: 'member' as const, id, name: 'Ada' } })
  keys = await Promise.all(owners.map((id) => newKey(ownedBy(id))))
  const owner = ownedBy(owners[0] ?? '')
  urlKey = await newKey({ ...owner, tokenKind: 'u' })
  near = await newKey({ ...owner, scope: { addresses: { mode: 'only', cidrs: ['127.0.0.1/32'] } } })
  far = await newKey({ ...owner, scope: { addresses: { mode: 'only', cidrs: ['198.51.100.0/24'] } } })
  const all = [...keys, urlKey, near, far]
  const records = [
    organization(),
    ...slugs.map((slug) => ({ ...httpServer(slug, ''), transport: { ...pidServer(slug), env: null } })),
    { ...httpServer('own', ''), transport: { ...pidServer('own'), env: null }, perGateway: true },
    ...all.map(({ record }) => record),
  ]
  const proofs = all.map(({ proof }) => proof)
  const start = (gatewayId: string) =>
    startGateway(records, proofs, { gatewayId, dataDir: folder, headersMs: 10_000, trustedProxies: ['127.0.0.1'] })
  ;[a, b] = await Promise.all([start(idA), start(idB)])
})
afterAll(async () => {
  await Promise.all([a?.stop(), b?.stop()])
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
})

const both = (): readonly [GatewayUnderTest, GatewayUnderTest] => {
  if (!a || !b) throw new Error('not started')
  return [a, b]
}
const tell = (to: GatewayUnderTest, ...items: { gateway: string; url: string }[]) =>
  to.control.tell({
    type: 'peers',
    isPartial: false,
    items: items.map((item) => ({ ...item, organizations: null })),
  })
/** Frames are taken in order: what comes back after one says that those before it are taken. */
const settled = ({ control }: GatewayUnderTest) => control.put(organization())

async function introduce(): Promise<void> {
  const [one, two] = both()
  tell(one, { gateway: idB, url: two.base })
  tell(two, { gateway: idA, url: one.base })
  await Promise.all([settled(one), settled(two)])
}
beforeEach(introduce)

const sessionOf = (told: Told): string => String(told.headers['mcp-session-id'])
const inSession = (key: TestKey, session: string): string[] => [
  ...bearer(key.token),
  ...['mcp-session-id', session, 'mcp-protocol-version', '2025-11-25'],
]
const open = async (at: GatewayUnderTest, key: TestKey, slug = 'pids'): Promise<string> => {
  const told = await at.ask(`/mcp-connect/${slug}`, bearer(key.token), initialize)
  expect(told.status, told.text).toBe(200)
  return sessionOf(told)
}
const first = (): TestKey => {
  const [key] = keys
  if (!key) throw new Error('no key')
  return key
}

test('a session of a process is used through either gateway, whichever opened it, byte for byte the same', async () => {
  for (const key of keys) {
    const session = await open(both()[0], key, 'same')
    const asked = async (at: GatewayUnderTest) => {
      const told = await at.ask(
        '/mcp-connect/same',
        inSession(key, session),
        toolCallOf('echo', 3, { text: 'grüße ☃' }),
      )
      expect(told.status, told.text).toBe(200)
      return { text: told.text, type: told.headers['content-type'], caching: told.headers['cache-control'] }
    }
    const [one, two] = [await asked(both()[0]), await asked(both()[1])]
    expect(textOf(one.text)).toBe('grüße ☃')
    expect(two).toEqual(one)
  }
})

test('the address of all servers finds the same child as that of one, whichever gateway is asked, in both eras', async () => {
  for (const key of keys) {
    const pids = { legacy: new Set<string>(), modern: new Set<string>() }
    const post = async (at: GatewayUnderTest, path: string, headers: string[], message: object) =>
      textOf((await at.ask(path, headers, message)).text)
    for (const at of both()) {
      const session = await open(at, key, 'once')
      pids.legacy.add(await post(at, '/mcp-connect/once', inSession(key, session), toolCallOf('pid')))
      const all = sessionOf(await at.ask('/mcp', bearer(key.token), initialize))
      pids.legacy.add(await post(at, '/mcp', inSession(key, all), toolCallOf('once__pid')))
      const modern = (name: string) => [...bearer(key.token), ...modernHeaders(name)]
      pids.modern.add(await post(at, '/mcp-connect/modern', modern('pid'), modernCallOf('pid')))
      pids.modern.add(await post(at, '/mcp', modern('modern__pid'), modernCallOf('modern__pid')))
    }
    expect([pids.legacy.size, pids.modern.size]).toEqual([1, 1])
  }
})

test('one child in the fleet for one subject: whichever gateway is asked, the same process answers, in both eras', async () => {
  const [one, two] = both()
  const begunAt = new Set<string>()
  for (const key of keys) {
    const pids = new Set<string>()
    for (const at of [one, two, one]) {
      const session = await open(at, key, 'once')
      begunAt.add(session.slice(0, session.indexOf('.')))
      pids.add(textOf((await at.ask('/mcp-connect/once', inSession(key, session), toolCallOf('pid'))).text))
    }
    expect(pids.size).toBe(1)
    const modern = new Set<string>()
    for (const at of [one, two]) {
      const told = await at.ask(
        '/mcp-connect/modern',
        [...bearer(key.token), ...modernHeaders('pid')],
        modernCallOf('pid'),
      )
      modern.add(textOf(told.text))
    }
    expect(modern.size).toBe(1)
  }
  // Six subjects on one of two by chance: the ids are always the same, so it is seen once and for all.
  expect(begunAt).toEqual(new Set([idA, idB]))
})

test('a server that runs on each gateway begins its sessions where it is asked', async () => {
  for (const [at, id] of [[both()[0], idA] as const, [both()[1], idB] as const]) {
    for (const key of keys) {
      const told = await at.ask('/mcp-connect/own', bearer(key.token), initialize)
      expect(sessionOf(told).startsWith(`${id}.`)).toBe(true)
    }
  }
})

describe('a call that is handed on', () => {
  /** Gateway where the first key's process does not run, and the session that was opened through it. */
  const elsewhere = async (
    key = first(),
  ): Promise<{ at: GatewayUnderTest; home: GatewayUnderTest; session: string }> => {
    const [one, two] = both()
    const session = await open(one, key)
    return session.startsWith(`${idA}.`) ? { at: two, home: one, session } : { at: one, home: two, session }
  }

  test('has one id in the answer and in the logs of both, and its secret in neither', async () => {
    const { at, home, session } = await elsewhere()
    const told = await at.ask(server, inSession(first(), session), toolCallOf('pid'))
    const id = String(told.headers['x-request-id'])
    expect(told.headers['ostiary-hop']).toBeUndefined()
    for (const { lines } of [at, home]) {
      await vi.waitFor(() => expect(lines.filter((line) => line.includes(id))).toHaveLength(1))
      expect(lines.join('\n')).not.toContain(first().token.slice(22))
    }
  })

  test('streams: events of the server come through as they are, until the key is revoked, which ends it on both', async () => {
    const key = keys[1] ?? first()
    const { at, session } = await elsewhere(key)
    const stream = await at.open(server, inSession(key, session), '', 'GET')
    expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream'])
    await at.ask(server, inSession(key, session), toolCallOf('notify'))
    await vi.waitFor(() => expect(Buffer.concat([...stream.chunks]).toString()).toContain('list_changed'))
    const revoked = { ...key.record, state: 'revoked' as const, revision: nextRevision() }
    await at.control.put(revoked)
    await stream.done
    expect(refused(await at.ask(server, inSession(key, session), toolCallOf('pid')))).toEqual([401, 'key_revoked'])
    await Promise.all(both().map(({ control }) => control.put({ ...key.record, revision: nextRevision() })))
  })

  test('is cut where it was asked when only the gateway where it runs has heard of the revocation', async () => {
    const key = keys[2] ?? first()
    const { at, home, session } = await elsewhere(key)
    const stream = await at.open(server, inSession(key, session), '', 'GET')
    await home.control.put({ ...key.record, state: 'revoked' as const, revision: nextRevision() })
    await stream.done
    await home.control.put({ ...key.record, revision: nextRevision() })
  })

  test('ends on both when its caller hangs up', async () => {
    const { at, home, session } = await elsewhere()
    const stream = await at.open(server, inSession(first(), session), '', 'GET')
    const id = String(stream.headers['x-request-id'])
    stream.hangUp()
    for (const { lines } of [at, home])
      await vi.waitFor(() => expect(lines.some((line) => line.includes(id) && line.includes('"ms":'))).toBe(true))
  })

  test('M11 goes on with a URL key, and says no in the words of the gateway where it runs', async () => {
    const session = sessionOf(await both()[0].ask(`/mcp/${urlKey.token}/pids`, [], initialize))
    const used = ['mcp-session-id', session, 'mcp-protocol-version', '2025-11-25']
    for (const at of both()) {
      const told = await at.ask(`/mcp/${urlKey.token}/pids`, used, toolCallOf('pid'))
      expect(told.status, told.text).toBe(200)
      expect(told.headers['referrer-policy']).toBe('no-referrer')
      const unknown = await at.ask(`/mcp/${urlKey.token}/pids`, used, { ...initialize, method: 'no/such' })
      expect(unknown.text).toContain('-32601')
      expect(at.lines.join('\n')).not.toContain(urlKey.token.slice(22))
    }
  })

  test('deletes a session there, and it is over here as well', async () => {
    const { at, home, session } = await elsewhere()
    const told = await at.ask(server, inSession(first(), session), undefined, 'DELETE')
    expect(told.status).toBeLessThan(300)
    for (const each of [at, home])
      expect(refused(await each.ask(server, inSession(first(), session), toolCallOf('pid')))).toEqual([
        404,
        'session_unknown',
      ])
  })

  test('D30 counts the address of its client, not that of the gateway that hands it on', async () => {
    const from = ['x-forwarded-for', '198.51.100.5']
    const session = sessionOf(await both()[0].ask(server, [...bearer(far.token), ...from], initialize))
    for (const at of both()) {
      const told = await at.ask(server, [...inSession(far, session), ...from], toolCallOf('pid'))
      expect(told.status, told.text).toBe(200)
      for (const more of [[], ['x-forwarded-for', '203.0.113.1']]) {
        const no = await at.ask(server, [...inSession(far, session), ...more], toolCallOf('pid'))
        expect(refused(no)).toEqual([403, 'address_not_allowed'])
      }
      expect(refused(await at.ask(server, [...bearer(near.token), ...from], initialize))).toEqual([
        403,
        'address_not_allowed',
      ])
    }
    const calls = both().flatMap(({ lines }) => lines.filter((line) => line.includes(far.record.id)))
    expect(calls.filter((line) => line.includes('"address":"198.51.100.5"')).length).toBeGreaterThanOrEqual(4)
  })
})

describe('a session whose gateway is not there', () => {
  test('is unknown, and a new one begins at once', async () => {
    const [one, two] = both()
    for (const key of [keys[3], keys[4]]) {
      if (!key) continue
      await introduce()
      const session = await open(one, key, 'lost')
      const at = session.startsWith(`${idA}.`) ? two : one
      tell(at)
      await settled(at)
      expect(refused(await at.ask('/mcp-connect/lost', inSession(key, session), toolCallOf('pid')))).toEqual([
        404,
        'session_unknown',
      ])
      expect((await open(at, key, 'lost')).startsWith(session.slice(0, 20))).toBe(false)
    }
  })

  test('a gateway that cannot be reached, or that is another one, costs a session and no call', async () => {
    const [one] = both()
    for (const url of ['http://127.0.0.1:9', one.control.url]) {
      for (const key of keys) {
        tell(one, { gateway: idB, url })
        await settled(one)
        expect((await open(one, key, 'unreached')).startsWith(`${idA}.`)).toBe(true)
      }
    }
  })

  test('G2 a call whose key ends while another gateway is asked does not run here after that', async () => {
    const [one] = both()
    const stranger = await startRawUpstream()
    const marks = path.join(folder, 'marks')
    const marking = { ...httpServer('marking', ''), transport: { ...pidServer('marking', marks), env: null } }
    const { owner } = (keys.find(({ record }) => ownerAmong([idA, idB], record.owner.id) === idB) ?? first()).record
    const [doomed, other] = await Promise.all([newKey({ owner }), newKey({ owner })])
    one.control.tell({ type: 'proofs', items: [doomed.proof, other.proof], complete: false })
    for (const record of [marking, doomed.record, other.record]) await one.control.put(record)
    tell(one, { gateway: idB, url: new URL(stranger.url).origin })
    await settled(one)
    const call = (key: TestKey) =>
      one.ask('/mcp-connect/marking', [...bearer(key.token), ...modernHeaders('mark')], modernCallOf('mark'))
    const asked = call(doomed)
    const { response } = await stranger.next()
    await one.control.put({ ...doomed.record, state: 'revoked', revision: nextRevision() })
    expect(refused(await asked)).toEqual([401, 'key_revoked'])
    // An answer without proof is nobody's: as if that gateway had not been reached, and the call could run here.
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    await settled(one)
    tell(one)
    await settled(one)
    // What comes later runs here, and finds that it is the first.
    expect(textOf((await call(other)).text)).toBe('1')
    await stranger.stop()
  })

  test('control that has just started takes nobody away', async () => {
    const [one] = both()
    one.control.tell({ type: 'peers', isPartial: true, items: [] })
    await settled(one)
    const begun = new Set<string>()
    for (const key of keys) begun.add((await open(one, key, 'partial')).slice(0, 20))
    expect(begun.size).toBe(2)
  })
})

describe('what is no way in', () => {
  test('a client that sends the header of gateways is refused, and its address stays its own', async () => {
    for (const at of both())
      for (const value of ['198.51.100.7', `${idA}.org_0000000000000001.1.${'A'.repeat(120)}`])
        expect(refused(await at.ask(server, [...bearer(first().token), 'ostiary-hop', value], initialize))).toEqual([
          400,
          'header_mismatch',
        ])
  })
})
