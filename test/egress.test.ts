import { afterEach, expect, test, vi } from 'vitest'
import { createEgress } from '../src/gateway/egress.ts'
import type { Address } from '../src/http/egress/lookup.ts'
import { httpServer, newKey, organization } from './fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, type Told } from './gateway-world.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'

/** The addresses of servers as the attacker: whoever may register one would like to see what is inside. */

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const machine = ['127.0.0.1/32']
const closed = [502, 'upstream_unreachable']
const v4 = (address: string): Address => ({ address, family: 4 })

async function upstreamThat(answersWith: 'json' | 'stream'): Promise<RawUpstream & { calls: () => number }> {
  const upstream = await startRawUpstream()
  undo.push(upstream.stop)
  let calls = 0
  upstream.answerAll(({ response }) => {
    calls += 1
    if (answersWith === 'stream')
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"jsonrpc":"2.0","method":"x"}\n\n')
    else response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{}')
  })
  return { ...upstream, calls: () => calls }
}

/** A gateway that runs apart, with one server. `says`: what names stand for, call after call; the last for ever. */
async function gatewayFor(url: string, networks: string[], says: Address[][] = []) {
  const key = await newKey()
  const left = [...says]
  const lookUp = async () => (left.length > 1 ? left.shift() : left[0]) ?? []
  const policy = (privateNetworks: string[]) => organization({ privateNetworks })
  const records = [policy(networks), httpServer('one', url), key.record]
  const world = await startGateway(records, [key.proof], { loopback: false, lookUp })
  undo.push(world.stop)
  const call = () => world.ask('/mcp-connect/one', bearer(key.token))
  return { world, key, call, setNetworks: (...list: string[]) => world.control.put(policy(list)) }
}
const portOf = (url: string) => new URL(url).port
const named = (url: string, name: string) => `http://${name}:${portOf(url)}/mcp`
const outcome = (told: Told) => (told.status === 200 ? 200 : refused(told))
const logOf = (world: GatewayUnderTest) => world.lines.filter((line) => line.includes('OSTIARY_EGRESS_REFUSED'))

test('a gateway apart calls nothing on its own machine until the organization has listed it, and stops when it is taken off', async () => {
  const upstream = await upstreamThat('json')
  const { world, call, setNetworks } = await gatewayFor(upstream.url, [])
  const told = await call()
  expect(outcome(told)).toEqual(closed)
  // Where servers are inside is nothing for callers: the reason stands in the log.
  expect(told.text).not.toContain('127.0.0.1')
  await vi.waitFor(() => expect(logOf(world).join()).toContain('127.0.0.1 is this machine itself'))
  expect(upstream.calls()).toBe(0)
  await setNetworks(...machine)
  expect(outcome(await call())).toBe(200)
  await setNetworks('10.0.0.0/8')
  expect(outcome(await call())).toEqual(closed)
  expect(upstream.calls()).toBe(1)
})

test('G2 a stream to a network that is taken off the list ends, and its connection is not used again', async () => {
  const upstream = await upstreamThat('stream')
  const { world, key, setNetworks } = await gatewayFor(upstream.url, machine)
  const stream = await world.open('/mcp-connect/one', bearer(key.token))
  expect(stream.status).toBe(200)
  const ended = stream.done.then(
    () => 'ended',
    () => 'ended',
  )
  await setNetworks()
  expect(await ended).toBe('ended')
})

test.each([
  ['an address of the cloud’s credentials', '169.254.169.254'],
  ['the same in IPv6', '[::ffff:169.254.169.254]'],
  ['the same by NAT64', '[64:ff9b::169.254.169.254]'],
  ['this host', '0.0.0.0'],
  ['this host in IPv6', '[::]'],
  ['a link-local address', '[fe80::1]'],
  ['the IPv4-compatible form of this machine', '[::127.0.0.1]'],
])('%s is not called whatever is listed', async (_title, host) => {
  const upstream = await upstreamThat('json')
  const { world, call } = await gatewayFor(named(upstream.url, host), ['0.0.0.0/0', '::/0'])
  expect(outcome(await call())).toEqual(closed)
  await vi.waitFor(() => expect(logOf(world).join()).toContain('never called'))
  expect(upstream.calls()).toBe(0)
})

test.each(['2130706433', '0x7f000001', '017700000001', '127.1', '127.0.0.1.', '[::ffff:7f00:1]', '[::1]'])(
  'this machine is this machine in the spelling %s',
  async (host) => {
    const upstream = await upstreamThat('json')
    const { call } = await gatewayFor(named(upstream.url, host), [])
    expect(outcome(await call())).toEqual(closed)
    expect(upstream.calls()).toBe(0)
  },
)

test('a name is followed to the addresses that were judged, and judged anew with each connection', async () => {
  const upstream = await upstreamThat('json')
  const says = [[v4('127.0.0.1')], [v4('10.1.2.3')], [v4('127.0.0.1'), v4('192.168.0.1')], [v4('127.0.0.1')], []]
  const { world, call } = await gatewayFor(named(upstream.url, 'mcp.example.com'), machine, says)
  expect(outcome(await call())).toBe(200)
  expect(outcome(await call())).toEqual(closed)
  expect(outcome(await call())).toEqual(closed)
  expect(outcome(await call())).toBe(200)
  expect(outcome(await call())).toEqual(closed)
  expect(upstream.calls()).toBe(2)
  expect(logOf(world).join()).toMatch(/10\.1\.2\.3 is a private address.*192\.168\.0\.1/s)
})

test.each(['localhost', 'localhost.', 'inner.localhost'])('the name %s is this machine', async (host) => {
  const upstream = await upstreamThat('json')
  const { call, setNetworks } = await gatewayFor(named(upstream.url, host), [], [[v4('127.0.0.1')]])
  expect(outcome(await call())).toEqual(closed)
  await setNetworks('::1/128')
  expect(outcome(await call())).toBe(200)
})

test('G10 what one organization has listed opens nothing to another', async () => {
  const upstream = await upstreamThat('json')
  const other = 'org_0000000000000002'
  const project = 'prj_0000000000000002'
  const own = { organization: other, scope: { projects: [project] } }
  const theirs = await newKey({ ...own, owner: { type: 'member', id: 'mem_0000000000000002', name: 'Bo' } })
  const { world, call } = await gatewayFor(upstream.url, machine)
  const server = httpServer('theirs', upstream.url, { organization: other, project })
  await world.control.put(organization({ id: other, isDefault: false }), server, theirs.record)
  expect(outcome(await call())).toBe(200)
  const told = await world.ask('/mcp-connect/theirs', bearer(theirs.token))
  expect(outcome(told)).toEqual(closed)
})

test('looking at a server’s health goes the same way out, and says why it may not', async () => {
  const upstream = await upstreamThat('json')
  let networks: string[] = []
  const egress = createEgress({ reachOf: () => ({ networks, loopback: false }), lookUp: async () => [v4('10.9.9.9')] })
  undo.push(egress.close)
  const reason = (url: string) =>
    egress
      .fetchFor('org')(url)
      .then(
        ({ status }) => status,
        (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message),
      )
  expect(await reason(upstream.url)).toContain('`ostiary policies set --private-networks')
  expect(await reason('http://mcp.example.com/')).toContain('10.9.9.9 is a private address')
  networks = machine
  expect(await reason(upstream.url)).toBe(200)
  upstream.answerAll(({ response }) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end())
  expect(await reason(upstream.url)).toContain('redirect')
})
