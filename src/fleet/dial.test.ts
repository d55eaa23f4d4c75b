import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { Secret } from '../secret.ts'
import { controlCertificates } from './certificates.test.data.ts'
import { dial, type Trust } from './dial.ts'

type Pair = { readonly cert: string; readonly key: string }
const { own, issued, sibling } = controlCertificates
const running: Server[] = []
afterEach(() => {
  for (const server of running.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function serve(pair: Pair) {
  const seen: (string | undefined)[] = []
  const server = createServer(pair)
  running.push(server)
  const upgrades = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    seen.push(request.headers.authorization)
    upgrades.handleUpgrade(request, socket, head, (attached) => attached.terminate())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, seen, url: `https://127.0.0.1:${port}` }
}

/** `attached`, or why not. */
const attempt = (url: string, trust?: Trust): Promise<string> =>
  new Promise((resolve) => {
    const socket = dial(url, new Secret('the-token'), trust)
    socket.on('open', () => resolve('attached'))
    socket.on('error', (error) => resolve(error.message))
  })

const file = (pair: Pair) => () => pair.cert

test.each([
  ['signed by itself', own],
  ['from an authority that this machine does not know, intermediate included', issued],
])('a control on this machine is trusted by its certificate file, %s', async (_what, pair) => {
  const { url, seen } = await serve(pair)
  expect(await attempt(url, file(pair))).toBe('attached')
  expect(seen).toEqual(['Bearer the-token'])
})

test('the file without the intermediate is enough, because nobody above the certificate is asked', async () => {
  const [leaf = ''] = issued.cert.split(/(?<=END CERTIFICATE-----\n)/)
  const { url } = await serve({ cert: leaf, key: issued.key })
  expect(await attempt(url, () => leaf)).toBe('attached')
})

test.each([
  ['another one, signed by itself', own, issued],
  ['one from the same authority for the same name', sibling, issued],
])('a control that shows %s is refused before the token leaves', async (_what, shown, expected) => {
  const { url, seen } = await serve(shown)
  expect(await attempt(url, file(expected))).not.toBe('attached')
  expect(seen).toEqual([])
})

test('a renewed certificate is trusted at the next dial', async () => {
  const { url, server } = await serve(own)
  let current: Pair = own
  const trust = () => current.cert
  expect(await attempt(url, trust)).toBe('attached')
  server.setSecureContext(issued)
  expect(await attempt(url, trust)).not.toBe('attached')
  current = issued
  expect(await attempt(url, trust)).toBe('attached')
})

test.each([
  ['is gone', () => Reflect.get({}, 'x').y],
  ['holds no certificate', () => 'half of a renew'],
])('a certificate file that %s trusts nobody and is read again at the next dial', async (_what, broken) => {
  const { url, seen } = await serve(own)
  expect(await attempt(url, broken)).not.toBe('attached')
  expect(seen).toEqual([])
  expect(await attempt(url, file(own))).toBe('attached')
})

test('without a file control needs a certificate from a public authority', async () => {
  const { url, seen } = await serve(own)
  expect(await attempt(url)).toMatch(/self.signed/)
  expect(seen).toEqual([])
})
