import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import { expect, test } from 'vitest'
import type { Peer } from '../../fleet/peers/schema.ts'
import { Answer } from '../answer.ts'
import { type Incoming, noFacts } from '../incoming.ts'
import { openEnvelope } from './envelope.ts'
import { createPeers, type PeersDeps } from './peers.ts'
import { createReach, openPeerPool } from './reach.ts'

const keysOf = () => [{ epoch: 1, key: Buffer.alloc(32, 1) }]
const headersOf = (options: Dispatcher.DispatchOptions | undefined): unknown[] =>
  Array.isArray(options?.headers) ? options.headers : []

type Handler = Parameters<Dispatcher['dispatch']>[1]
const own = 'https://own.example'
const peer = (gateway: string, url: string, organizations: string[] | null = null): Peer => ({
  gateway,
  url,
  organizations,
})

function world(more: Partial<PeersDeps> = {}) {
  let time = 0
  const opened: string[] = []
  const closed: string[] = []
  const warnings: string[] = []
  const dispatched: Dispatcher.DispatchOptions[] = []
  let onDispatch: (handler: Handler) => void = () => {}
  const peers = createPeers({
    gatewayId: () => 'gwy_own',
    ownUrl: () => own,
    keysOf,
    openPool: (origin) => {
      opened.push(origin)
      return {
        dispatch: (options, handler) => {
          dispatched.push(options)
          onDispatch(handler)
          return true
        },
        close: async () => void closed.push(origin),
      }
    },
    mayUseHttp: false,
    now: () => 0,
    monotonic: () => time,
    randomBytes: (size) => Buffer.alloc(size, 7),
    log: { warn: (_fields, message) => warnings.push(message) },
    ...more,
  })
  const learn = (...items: Peer[]) => peers.learn({ items, isPartial: false })
  const pass = (ms: number) => {
    time += ms
  }
  const answering = (play: (handler: Handler) => void) => {
    onDispatch = play
  }
  return { peers, learn, pass, opened, closed, warnings, dispatched, answering }
}

test('who is told of can be reached, for the organizations that it serves', () => {
  const { peers, learn } = world()
  learn(peer('gwy_a', 'https://a.example', ['org_a']), peer('gwy_b', 'https://b.example'))
  const there = (gateway: string, organization: string) => peers.isThere(gateway, organization)
  expect([there('gwy_a', 'org_a'), there('gwy_a', 'org_b'), there('gwy_b', 'org_b')]).toEqual([true, false, true])
  expect(there('gwy_own', 'org_a')).toBe(false)
  for (let n = 0; n < 50; n++) expect(peers.ownerOf('org_b', `name ${n}`)).not.toBe('gwy_a')
})

test('beyond this machine peers are called over TLS alone, unless the owner of the gateway says otherwise', () => {
  const urls = ['http://192.0.2.1:8420', 'http://127.evil.example', 'http://localhost.evil.example', 'ftp://a', 'no']
  for (const url of urls) {
    const { peers, learn, opened } = world()
    learn(peer('gwy_a', url))
    expect([peers.isThere('gwy_a', 'org_a'), opened], url).toEqual([false, []])
  }
  for (const url of ['http://127.0.0.1:4711', 'http://[::1]:4711', 'http://localhost:4711', 'https://a.example']) {
    const { peers, learn } = world()
    learn(peer('gwy_a', url))
    expect(peers.isThere('gwy_a', 'org_a'), url).toBe(true)
  }
  const { peers, learn } = world({ mayUseHttp: true })
  learn(peer('gwy_a', 'http://192.0.2.1:8420'))
  expect(peers.isThere('gwy_a', 'org_a')).toBe(true)
})

test('what a gateway says of itself is an origin or nothing: no address of another ends this process', () => {
  const { peers, learn } = world({ openPool: openPeerPool })
  for (const more of ['/path', '/?query', '/#fragment', '/.//'])
    expect(() => learn(peer('gwy_a', `https://a.example${more}`)), more).not.toThrow()
  learn(peer('gwy_a', 'https://user:word@a.example'))
  expect(peers.isThere('gwy_a', 'org_a')).toBe(false)
})

test('one that has our own address, behind one name for several, is left out', () => {
  const { peers, learn } = world()
  learn(peer('gwy_a', `${own}/`), peer('gwy_own', 'https://other.example'))
  expect([peers.isThere('gwy_a', 'org_a'), peers.isThere('gwy_own', 'org_a')]).toEqual([false, false])
})

test('connections last as long as their gateway is where it was', () => {
  const { peers, learn, opened, closed } = world()
  learn(peer('gwy_a', 'https://a.example'))
  learn(peer('gwy_a', 'https://a.example'), peer('gwy_b', 'https://b.example'))
  expect([opened, closed]).toEqual([['https://a.example', 'https://b.example'], []])
  learn(peer('gwy_a', 'https://moved.example'))
  expect(closed).toEqual(['https://b.example', 'https://a.example'])
  peers.learn({ items: [], isPartial: true })
  expect(peers.isThere('gwy_a', 'org_a')).toBe(true)
  learn()
  expect(peers.isThere('gwy_a', 'org_a')).toBe(false)
})

function newCall(): { call: Incoming; answer: Answer } {
  const request = new IncomingMessage(new Socket())
  request.method = 'POST'
  request.url = '/mcp-connect/files'
  const response = { on: () => response, writeHead: () => response, headersSent: false, destroy: () => {} }
  // biome-ignore lint/suspicious/noExplicitAny: of a response these tests need nothing
  const answer = new Answer(response as any, 'req_0123456789abcdef', 'mcp', [])
  const facts = { ...noFacts(), organization: 'org_a' }
  const call: Incoming = {
    request,
    requestId: 'req_0123456789abcdef',
    address: '198.51.100.7',
    isProxy: false,
    startedAt: 0,
    server: 'files',
    urlKey: null,
    route: '',
    facts,
  }
  return { call, answer }
}

const unconnected = (handler: Handler) =>
  handler.onResponseError?.(
    { abort: () => {}, pause: () => {}, resume: () => {}, paused: false, aborted: false, reason: null },
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  )

test('one that cannot be reached costs no call, owns nothing for a while and is asked again after it', async () => {
  const { peers, learn, pass, warnings, answering } = world()
  learn(peer('gwy_a', 'https://a.example'))
  answering(unconnected)
  const owned = Array.from({ length: 50 }, (_, n) => `name ${n}`).find(
    (name) => peers.ownerOf('org_a', name) === 'gwy_a',
  )
  if (owned === undefined) throw new Error('gwy_a owns nothing')
  const { call, answer } = newCall()
  expect(await peers.offer('gwy_a', call, null, answer)).toBeNull()
  expect(warnings).toEqual(['another gateway was not reached'])
  expect(peers.ownerOf('org_a', owned)).toBe('gwy_own')
  expect(peers.isThere('gwy_a', 'org_a')).toBe(true)
  pass(5000)
  expect(peers.ownerOf('org_a', owned)).toBe('gwy_a')
})

test('a session whose gateway cannot be reached, or is not known, is unknown', async () => {
  const { peers, learn, answering } = world()
  const { call, answer } = newCall()
  const lost = { kind: 'refused', problem: { code: 'session_unknown' } }
  expect(await peers.forward('gwy_a', call, null, answer)).toMatchObject(lost)
  learn(peer('gwy_a', 'https://a.example'))
  answering(unconnected)
  expect(await peers.forward('gwy_a', call, null, answer)).toMatchObject(lost)
})

const controller = () => {
  const aborted: unknown[] = []
  const flow: string[] = []
  return {
    aborted,
    flow,
    abort: (why: unknown) => void aborted.push(why),
    pause: () => void flow.push('pause'),
    resume: () => void flow.push('resume'),
  }
}

test('G6 an answer without the proof that the call was read by that gateway is nobody’s answer', async () => {
  const { peers, learn, answering } = world()
  learn(peer('gwy_a', 'http://127.0.0.1:4711'))
  for (const headers of [{}, { 'ostiary-hop': 'made-up' }]) {
    answering((handler) => {
      const steering = { ...controller(), paused: false, aborted: false, reason: null }
      handler.onRequestStart?.(steering, {})
      handler.onResponseStart?.(steering, 200, headers, 'OK')
      handler.onResponseError?.(steering, new Error('aborted'))
    })
    const { call, answer } = newCall()
    expect(await peers.offer('gwy_a', call, null, answer)).toBeNull()
    expect(answer.isUntouched).toBe(true)
  }
})

const strangerSays = (status: number) => (handler: Handler) => {
  const steering = { ...controller(), paused: false, aborted: false, reason: null }
  handler.onRequestStart?.(steering, {})
  handler.onResponseStart?.(steering, status, {}, '')
  handler.onResponseError?.(steering, new Error('aborted'))
}

test('a call of which a proxy on the way has lost sight may run there, so it does not run a second time here', async () => {
  const { peers, learn, answering } = world()
  learn(peer('gwy_a', 'https://a.example'))
  for (const status of [502, 504]) {
    answering(strangerSays(status))
    const { call, answer } = newCall()
    const ending = await peers.offer('gwy_a', call, null, answer)
    expect(ending).toMatchObject({ kind: 'refused', problem: { code: 'upstream_unreachable' } })
  }
})

test('a caller whose headers are too long to be handed on takes the other gateway from nobody else', async () => {
  const { peers, learn, answering } = world()
  learn(peer('gwy_a', 'https://a.example'))
  const owned = Array.from({ length: 50 }, (_, n) => `name ${n}`).filter((n) => peers.ownerOf('org_a', n) === 'gwy_a')
  const ownersAfter = async (status: number) => {
    answering(strangerSays(status))
    const { call, answer } = newCall()
    expect(await peers.offer('gwy_a', call, null, answer)).toBeNull()
    return new Set(owned.map((name) => peers.ownerOf('org_a', name)))
  }
  expect(await ownersAfter(431)).toEqual(new Set(['gwy_a']))
  expect(await ownersAfter(404)).toEqual(new Set(['gwy_own']))
})

test('a call that was handed on goes no further, whatever this gateway thinks', async () => {
  const { peers, learn, dispatched } = world()
  learn(peer('gwy_a', 'https://a.example'))
  const { call, answer } = newCall()
  const hop = { from: 'gwy_a', organization: 'org_a', address: '', isProxy: false, requestId: '', body: '', proof: '' }
  expect(await peers.offer('gwy_a', { ...call, hop }, null, answer)).toBeNull()
  expect(await peers.forward('gwy_a', { ...call, hop }, null, answer)).toMatchObject({ kind: 'refused' })
  expect(dispatched).toEqual([])
})

test('an answer is read no faster than its caller reads', async () => {
  const { peers, learn, answering, dispatched } = world()
  learn(peer('gwy_a', 'https://a.example'))
  let drained = () => {}
  const response = {
    on: () => response,
    once: (_: string, listener: () => void) => {
      drained = listener
    },
    writeHead: () => response,
    headersSent: false,
    destroy: () => {},
    write: () => false,
  }
  // biome-ignore lint/suspicious/noExplicitAny: of a response this test needs nothing else
  const answer = new Answer(response as any, 'req_0123456789abcdef', 'mcp', [])
  const steering = controller()
  answering((handler) => {
    const given = { ...steering, paused: false, aborted: false, reason: null }
    const opened = openEnvelope('gwy_a', keysOf, String(headersOf(dispatched.at(-1)).at(-1)))
    handler.onRequestStart?.(given, {})
    handler.onResponseStart?.(given, 200, { 'ostiary-hop': opened?.proof ?? '' }, 'OK')
    handler.onResponseData?.(given, Buffer.from('a'))
    expect(steering.flow).toEqual(['pause'])
    drained()
    expect(steering.flow).toEqual(['pause', 'resume'])
    handler.onResponseEnd?.(given, {})
  })
  const { call } = newCall()
  expect(await peers.offer('gwy_a', call, null, answer)).toEqual({ kind: 'done', last: null })
})

test('what broke after the call had gone out is not done a second time', async () => {
  const { peers, learn, answering } = world()
  learn(peer('gwy_a', 'https://a.example'))
  answering((handler) => {
    const steering = { ...controller(), paused: false, aborted: false, reason: null }
    handler.onRequestStart?.(steering, {})
    handler.onResponseError?.(steering, new Error('other side closed'))
  })
  const { call, answer } = newCall()
  const ending = await peers.offer('gwy_a', call, null, answer)
  expect(ending).toMatchObject({ kind: 'refused', problem: { code: 'upstream_unreachable' } })
})

test('where other gateways reach this one: its own door, what is configured, its public address, or nowhere', () => {
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log, lines: () => null }
  const reachOf = (gatewayPeerUrl: string | null, url: string, isDraining = false) =>
    createReach({ config: { gatewayPeerUrl }, randomBytes: Buffer.alloc, log }, () => ({ isDraining, url })).url()
  expect(reachOf(null, 'https://gateway.example')).toBe('https://gateway.example')
  expect(reachOf('https://inside.example', 'https://gateway.example')).toBe('https://inside.example')
  expect(reachOf(null, 'http://0.0.0.0:8420')).toBe('')
  expect(reachOf(null, 'http://[::]:8420')).toBe('')
  expect(reachOf('https://inside.example', 'https://gateway.example', true)).toBe('')
})
