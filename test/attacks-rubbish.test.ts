import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { httpServer, newKey, organization, type TestKey, withCredential } from './fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway, toolCall } from './gateway-world.ts'
import { type Answering, bomb, events, floods, ok, rubbish, says, unreachable } from './rubbish.ts'

/** Servers that answer rubbish, too much, too little or never. A caller hears of it, and the gateway goes on. */
let raw: Server
let world: GatewayUnderTest
let key: TestKey
let few: TestKey
let answer: Answering = (socket) => socket.end()
const sockets = new Set<Socket>()
let written = 0
const count = (bytes: number) => {
  written += bytes
}

beforeAll(async () => {
  raw = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>((done) => raw.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(raw.address() as AddressInfo).port}/mcp`
  key = await newKey()
  few = await newKey({ scope: { mcp: { toolsDefault: { mode: 'only', items: ['echo'] } } } })
  world = await startGateway(
    [
      organization(),
      httpServer('raw', url),
      httpServer('guarded', url, withCredential('S3cr3t-va1ue-0123456789abcdef')),
      key.record,
      few.record,
    ],
    [key.proof, few.proof],
  )
})
beforeEach(() => {
  written = 0
})
afterAll(async () => {
  await world.stop()
  for (const socket of sockets) socket.destroy()
  await new Promise((done) => raw.close(done))
})

/** Status and code, or `broken` where the answer did not come to its end. */
async function heard(path: string, caller = key, message: unknown = toolCall): Promise<unknown[]> {
  try {
    const told = await world.ask(path, bearer(caller.token), message)
    const code = /"code":"(\w+)"/.exec(told.text)?.[1]
    return [told.status, code ?? told.text]
  } catch {
    return ['broken']
  }
}

describe.each(['raw', 'guarded'])('at %s a server that', (slug) => {
  test.each(rubbish)('%s', async (_title, how, expected) => {
    answer = how
    expect(await heard(`/mcp-connect/${slug}`)).toEqual(expected)
    answer = says(`${ok}Content-Length: 2\r\n\r\n{}`)
    expect(await heard(`/mcp-connect/${slug}`)).toEqual([200, '{}'])
  })
})

test('a bomb is unpacked by nobody here: it passes as it is, or not at all where it would have to be looked into', async () => {
  answer = (socket) => {
    socket.write(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`)
    socket.end(bomb)
  }
  const passed = await world.ask('/mcp-connect/raw', bearer(key.token))
  expect([passed.headers['content-encoding'], Buffer.concat(passed.chunks).equals(bomb)]).toEqual(['gzip', true])
  expect(await heard('/mcp-connect/guarded')).toEqual(unreachable)
  expect(await heard('/mcp-connect/raw', few, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).toEqual(unreachable)
})

test('a server that says "go on" as fast as it can holds its caller no longer than one that is silent, and fills nothing', async () => {
  answer = floods('', Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'.repeat(100)))
  const [status] = await heard('/mcp-connect/raw')
  expect([502, 504]).toContain(status)
  answer = says(`${ok}Content-Length: 2\r\n\r\n{}`)
  expect(await heard('/mcp-connect/raw')).toEqual([200, '{}'])
})

describe('of what a server sends without an end, the gateway keeps little', () => {
  const line = Buffer.from(`data: ${'a'.repeat(64 * 1024)}`)
  /** The most that was sent and not yet received, while `enough` bytes came through or until the answer ended. */
  const mostKept = async (path: string, caller: TestKey, message: unknown, method = 'POST'): Promise<number> => {
    const enough = 64 * 1024 * 1024
    const opened = await world.open(path, bearer(caller.token), message, method)
    let most = 0
    let [seen, got] = [0, 0]
    const ended = opened.done.then(
      () => true,
      () => true,
    )
    const turn = () => new Promise<false>((next) => setImmediate(() => next(false)))
    while (got < enough && !(await Promise.race([ended, turn()]))) {
      for (; seen < opened.chunks.length; seen += 1) got += opened.chunks[seen]?.length ?? 0
      most = Math.max(most, written - got)
    }
    opened.hangUp()
    return most
  }
  /** Sockets of both sides, and the largest event or list that is looked through. */
  const bound = 24 * 1024 * 1024
  const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }

  test.each([
    ['of one event, to who calls', 'raw', () => key, toolCall, events],
    ['of one event, where a credential is looked for', 'guarded', () => key, toolCall, events],
    ['of one event, where tools are looked for', 'raw', () => few, list, events],
    ['of JSON, to who calls', 'raw', () => key, toolCall, `${ok}\r\n`],
    ['of JSON, where tools are looked for', 'guarded', () => few, list, `${ok}\r\n`],
  ] as const)('%s', async (_title, slug, caller, message, head) => {
    answer = floods(head, line, count)
    expect(await mostKept(`/mcp-connect/${slug}`, caller(), message)).toBeLessThan(bound)
  })

  test('on the stream of a session', async () => {
    answer = floods(events, line, count)
    expect(await mostKept('/mcp-connect/raw', few, '', 'GET')).toBeLessThan(bound)
  })
})
