import { type IncomingHttpHeaders, request } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayApart, startGatewayApart } from './gateway-apart.ts'
import { type Peopled, startPeopled } from './peopled.ts'
import { initialize, pidServer, textOf, toolCallOf } from './pid-server.ts'
import { descendantsOf, isAlive, processes } from './processes.ts'
import type { Json } from './product.ts'
import { eventually } from './programs.ts'

/** The whole product with two gateway processes on one port, and with a gateway that runs apart. */

const mark = `peers-${process.pid}`
let of: Peopled
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  of = await startPeopled('sqlite', { OSTIARY_GATEWAYS: '2' })
  cleanUp.push(of.stop)
  await of.make('/servers', { slug: 'pids', transport: pidServer(mark) })
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

type Told = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Json
}
/** Each on a connection of its own, so that the kernel chooses a process for it. */
const ask = (base: string, secret: string, message: object, session?: string, method = 'POST'): Promise<Told> =>
  new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${secret}`,
      accept: 'application/json, text/event-stream',
      ...(session ? { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' } : {}),
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    }
    const sent = request(`${base}/mcp-connect/pids`, { method, headers, agent: false }, (response) => {
      readText(response).then((text) => {
        const body: Json = text.startsWith('{') ? JSON.parse(text) : null
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body })
      }, reject)
    })
    sent.on('error', reject)
    sent.end(method === 'POST' ? JSON.stringify(message) : undefined)
  })
const open = async (base: string, secret: string): Promise<string> => {
  const told = await ask(base, secret, initialize)
  expect(told.status, told.text).toBe(200)
  return String(told.headers['mcp-session-id'])
}
const gatewayOf = (session: string): string => session.slice(0, session.indexOf('.'))
const children = async (): Promise<number[]> =>
  (await processes()).filter(({ command }) => command.includes(mark) && command.includes('node')).map(({ pid }) => pid)

type Line = { readonly process?: string; readonly gateway?: string; readonly message?: string; readonly pid?: number }
const lines = (): Json[] =>
  of.product
    .logs()
    .split('\n')
    .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
/** Which gateways have served calls of that key. */
const servedBy = (keyId: string): Set<string> =>
  new Set(
    lines().flatMap((line: Line & { key?: string }) =>
      line.message === 'call' && line.key === keyId ? (line.gateway ?? []) : [],
    ),
  )

/** The processes that have the port of the clients, by what their command line says. */
const gatewayPids = async (): Promise<number[]> => {
  const family = new Set(await descendantsOf(of.product.serve.pid))
  return (await processes())
    .filter(({ pid, command }) => family.has(pid) && / child gateway/.test(command))
    .map(({ pid }) => pid)
}

test('both gateways of serve are in the list, by names that say which', async () => {
  const { items } = await of.see('/gateways')
  expect(items.map(({ name, online }: Json) => [name, online]).toSorted()).toEqual([
    ['embedded', true],
    ['embedded-2', true],
  ])
})

describe('with two processes on one port', () => {
  test('a session that was opened through one is used on new connections through both, by one child process', async () => {
    const { secret, id } = await of.key({ mcp: { servers: { mode: 'all' } } })
    const session = await open(of.product.gatewayUrl, secret)
    const pids = new Set<string>()
    await eventually(async () => {
      const told = await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), session)
      expect(told.status, told.text).toBe(200)
      pids.add(textOf(told.text))
      return servedBy(id).size === 2
    }, 'both processes have been asked')
    expect(pids.size).toBe(1)
    const gateways = new Set<string>()
    for (let n = 0; n < 12; n++) gateways.add(gatewayOf(await open(of.product.gatewayUrl, secret)))
    expect(gateways.size).toBe(1)
    expect(of.product.logs()).not.toContain(secret.slice(22))
  })

  test('a revocation ends every stream, whichever process holds it', async () => {
    const { secret, id } = await of.key({ mcp: { servers: { mode: 'all' } } })
    const session = await open(of.product.gatewayUrl, secret)
    const ends = Array.from({ length: 8 }, () => ask(of.product.gatewayUrl, secret, {}, session, 'GET'))
    await eventually(async () => {
      await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), session)
      return servedBy(id).size === 2
    }, 'both processes have been asked')
    await of.change('POST', `/keys/${id}/revoke`, {})
    // Some may have been refused while the server allowed one stream for each session.
    for (const { status } of await Promise.all(ends)) expect([200, 401, 409]).toContain(status)
    for (let n = 0; n < 8; n++) {
      const told = await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), session)
      expect([told.status, told.body.error.data.code]).toEqual([401, 'key_revoked'])
    }
  })

  test('G9 a process that is killed comes back on the same port; its sessions are unknown and new ones begin', async () => {
    const { secret } = await of.key({ mcp: { servers: { mode: 'all' } } })
    const session = await open(of.product.gatewayUrl, secret)
    const home = gatewayOf(session)
    const told = await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), session)
    const child = Number(textOf(told.text))
    const guard = (await processes()).find(({ pid }) => pid === child)?.parent ?? 0
    const family = await processes()
    const before = await gatewayPids()
    const above = (pid: number): number => {
      const parent = family.find((row) => row.pid === pid)?.parent ?? 0
      return parent === 0 || before.includes(parent) ? parent : above(parent)
    }
    const victim = before.includes(guard) ? guard : above(child)
    expect(before).toContain(victim)
    process.kill(victim, 'SIGKILL')
    await eventually(() => !isAlive(victim), 'it is gone')
    await eventually(async () => {
      const after = await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), session).catch(() => null)
      return after?.status === 404 && after.body.error.data.code === 'session_unknown'
    }, 'the session is unknown')
    const again = await eventually(() => open(of.product.gatewayUrl, secret).catch(() => null), 'a new session begins')
    expect((await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), again)).status).toBe(200)
    await eventually(async () => (await gatewayPids()).length === 2, 'both processes run again')
    await eventually(async () => {
      const { items } = await of.see('/gateways')
      return items.every(({ online }: Json) => online) && items.some(({ id }: Json) => id === home)
    }, 'under the id that it had')
  })

  test('a call that goes on elsewhere counts once', { timeout: 60_000 }, async () => {
    const { secret, id } = await of.key({ mcp: { servers: { mode: 'all' } } })
    const session = await open(of.product.gatewayUrl, secret)
    let calls = 1
    await eventually(async () => {
      await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), session)
      calls += 1
      return servedBy(id).size === 2
    }, 'both processes have been asked')
    await eventually(async () => (await of.see(`/keys/${id}`)).key.requests === calls, 'each is counted once', 40_000)
  })
})

describe('with a gateway apart beside them', () => {
  let apart: GatewayApart
  beforeAll(async () => {
    apart = await startGatewayApart(of, 'edge')
    cleanUp.push(apart.stop)
  })

  test('a session goes on through any of the three, and the subject has one process', async () => {
    const { secret } = await of.key({ mcp: { servers: { mode: 'all' } } })
    const session = await eventually(async () => {
      const begun = await open(apart.url, secret)
      const through = await ask(of.product.gatewayUrl, secret, toolCallOf('pid'), begun)
      return through.status === 200 ? begun : null
    }, 'they know of each other')
    const pids = new Set<string>()
    for (const base of [apart.url, of.product.gatewayUrl, apart.url, of.product.gatewayUrl]) {
      const told = await ask(base, secret, toolCallOf('pid'), session)
      expect(told.status, told.text).toBe(200)
      pids.add(textOf(told.text))
    }
    expect(pids.size).toBe(1)
    expect(gatewayOf(await open(apart.url, secret))).toBe(gatewayOf(await open(of.product.gatewayUrl, secret)))
  })

  test('when it stops, what it ran begins anew on the others', async () => {
    await apart.stop()
    const { secret } = await of.key({ mcp: { servers: { mode: 'all' } } })
    const session = await open(of.product.gatewayUrl, secret)
    expect(gatewayOf(session)).not.toBe(apart.id)
  })
})

test('G9 when serve is killed nothing of it stays', async () => {
  const family = await descendantsOf(of.product.serve.pid)
  expect((await gatewayPids()).length).toBe(2)
  process.kill(of.product.serve.pid, 'SIGKILL')
  await eventually(() => !family.some(isAlive), 'every process of serve is gone')
  await eventually(async () => (await children()).length === 0, 'and every server that they ran')
})
