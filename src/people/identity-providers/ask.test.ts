import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { LookUp } from '../../http/egress/lookup.ts'
import { createAsk } from './ask.ts'

const reach = { networks: [], loopback: true }
const get = { method: 'GET', headers: {} }
const undo: (() => void)[] = []
afterEach(() => {
  for (const step of undo.splice(0)) step()
})

const serving = async (answer: RequestListener): Promise<number> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
const here: LookUp = async () => [{ address: '127.0.0.1', family: 4 }]
const asking = (lookUp: LookUp = here, timeoutMs = 10_000) => createAsk({ lookUp, timeoutMs })(reach)

test('a provider that is silent, or sends byte after byte without end, is given up in time', async () => {
  const silent = await serving(() => {})
  const dripping = await serving((_, response) => {
    const timer = setInterval(() => response.write('a'), 5)
    undo.push(() => clearInterval(timer))
  })
  for (const port of [silent, dripping])
    await expect(asking(here, 60)(`http://127.0.0.1:${port}/`, get)).rejects.toThrow(/abort|timeout/i)
})

test('no redirect is followed, and no more than half a mebibyte is read', async () => {
  const sending = await serving((_, response) => response.writeHead(302, { location: '/else' }).end())
  expect((await asking()(`http://127.0.0.1:${sending}/`, get)).status).toBe(302)
  const huge = await serving((_, response) => response.end(Buffer.alloc(600_000)))
  await expect(asking()(`http://127.0.0.1:${huge}/`, get)).rejects.toThrow(/larger than 524288 bytes/)
})

test('a name is judged by every address that it has at the moment of the call', async () => {
  const port = await serving((_, response) => response.end('{}'))
  expect((await asking()(`http://localhost:${port}/`, get)).status).toBe(200)
  const inside: LookUp = async () => [
    { address: '127.0.0.1', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ]
  await expect(asking(inside)(`http://localhost:${port}/`, get)).rejects.toThrow(/must begin with https/)
  await expect(asking(inside)('https://login.example.com/', get)).rejects.toThrow(/private address/)
  const metadata: LookUp = async () => [{ address: '169.254.169.254', family: 4 }]
  await expect(asking(metadata)('https://login.example.com/', get)).rejects.toThrow(/never called/)
})

test('where control stands apart from gateways, this machine is not called either', async () => {
  const port = await serving((_, response) => response.end('{}'))
  const apart = createAsk({ lookUp: async () => [{ address: '127.0.0.1', family: 4 }] })({
    networks: [],
    loopback: false,
  })
  await expect(apart(`http://127.0.0.1:${port}/`, get)).rejects.toThrow(/this machine itself/)
})
