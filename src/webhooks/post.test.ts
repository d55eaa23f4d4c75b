import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answering, type Receiver, startReceiver } from '../../test/receivers.ts'
import { certificates } from '../http/certificates.test.data.ts'
import type { Address } from '../http/egress/lookup.ts'
import type { Ground } from './destination.ts'
import { createPost } from './post.ts'

const ground: Ground = { insecureHttp: true, ownOrigins: [], ownPorts: () => [1], localAddresses: () => ['127.0.0.1'] }
const nobody = async (): Promise<readonly Address[]> => {
  throw new Error('getaddrinfo ENOTFOUND')
}
const message = { headers: { 'webhook-id': 'msg_1' }, body: '{"type":"é"}' }
const loopback = [{ address: '127.0.0.1', family: 4 }]

describe('one POST to a receiver', () => {
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver.close())

  test('carries the bytes and headers, and tells the status and how the answer begins', async () => {
    receiver.reply(answering(202, 'thank you'))
    const posted = await createPost({ ground, lookUp: nobody })({ url: receiver.url, ...message })
    expect(posted).toEqual({ status: 202, text: 'thank you' })
    expect(receiver.got.at(-1)).toMatchObject({ id: 'msg_1', body: message.body, path: '/hook' })
    expect(receiver.got.at(-1)?.headers['content-length']).toBe('13')
  })

  test('goes to the address that was judged, and looks the name up once', async () => {
    receiver.reply(answering(204))
    const asked: string[] = []
    const lookUp = async (name: string) => {
      asked.push(name)
      // Another answer the second time, as a name does that wants to get past the judgement.
      return asked.length === 1 ? loopback : [{ address: '169.254.169.254', family: 4 }]
    }
    const url = `http://hooks.example.test:${receiver.port}/hook`
    expect(await createPost({ ground, lookUp })({ url, ...message })).toMatchObject({ status: 204 })
    expect(asked).toEqual(['hooks.example.test'])
    expect(receiver.got.at(-1)?.headers.host).toBe(`hooks.example.test:${receiver.port}`)
  })

  test('is not made at all when one of the addresses of a name is forbidden, or the port is our own', async () => {
    const before = receiver.got.length
    const url = `http://hooks.example.test:${receiver.port}/hook`
    const mixed = async () => [...loopback, { address: '169.254.169.254', family: 4 }]
    expect(await createPost({ ground, lookUp: mixed })({ url, ...message })).toMatchObject({ status: null })
    const own: Ground = { ...ground, ownPorts: () => [receiver.port] }
    const post = createPost({ ground: own, lookUp: async () => loopback })
    for (const each of [url, receiver.url, `http://localhost:${receiver.port}/hook`])
      expect(await post({ url: each, ...message })).toEqual({
        status: null,
        error: 'The address leads to Ostiary itself.',
        isLate: false,
      })
    expect(receiver.got.length).toBe(before)
  })

  test('follows no redirect', async () => {
    const other = await startReceiver()
    receiver.reply(answering(307, '', { location: other.url }))
    expect(await createPost({ ground, lookUp: nobody })({ url: receiver.url, ...message })).toMatchObject({
      status: 307,
    })
    expect(other.got).toEqual([])
    await other.close()
  })

  test('reads at most 4 KiB of an answer that has no end', async () => {
    receiver.reply((answer) => {
      answer.writeHead(500)
      const more = () => {
        while (!answer.destroyed && answer.write('x'.repeat(1024)));
      }
      answer.on('drain', more)
      more()
    })
    const posted = await createPost({ ground, lookUp: nobody })({ url: receiver.url, ...message })
    expect(posted).toEqual({ status: 500, text: 'x'.repeat(4096) })
  })

  test('ends in time, whoever is silent: the name, the connection, the answer', async () => {
    receiver.reply(() => {})
    const silentName = () => new Promise<never>(() => {})
    const mute = createServer((socket) => socket.resume().on('error', () => {}))
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const address = mute.address()
    const port = typeof address === 'object' ? address?.port : 0
    const late = { status: null, error: 'There was no answer in time.', isLate: true }
    const inTime = { ground, timeoutMs: 150 }
    expect(await createPost({ ...inTime, lookUp: nobody })({ url: receiver.url, ...message })).toEqual(late)
    expect(await createPost({ ...inTime, lookUp: nobody })({ url: `http://127.0.0.1:${port}/`, ...message })).toEqual(
      late,
    )
    expect(await createPost({ ...inTime, lookUp: silentName })({ url: 'https://hooks.test/', ...message })).toEqual(
      late,
    )
    await new Promise((resolve) => mute.close(resolve))
  })

  test('ends at once when whoever asked says so', async () => {
    receiver.reply(() => {})
    const stop = new AbortController()
    const posting = createPost({ ground, lookUp: nobody })({ url: receiver.url, ...message, signal: stop.signal })
    await receiver.count(receiver.got.length + 1)
    stop.abort()
    expect(await posting).toMatchObject({ status: null })
    const over = AbortSignal.abort()
    expect(await createPost({ ground, lookUp: nobody })({ url: receiver.url, ...message, signal: over })).toMatchObject(
      {
        status: null,
      },
    )
  })

  test('says why there was no answer: no name, no listener, a certificate that nobody vouches for', async () => {
    const post = createPost({ ground, lookUp: nobody })
    expect(await post({ url: 'https://hooks.example.test/', ...message })).toMatchObject({
      error: 'getaddrinfo ENOTFOUND',
      isLate: false,
    })
    const gone = await startReceiver()
    await gone.close()
    expect(await post({ url: gone.url, ...message })).toMatchObject({ error: expect.stringContaining('ECONNREFUSED') })
    const secure = await startReceiver({ tls: certificates.first })
    expect(await post({ url: secure.url, ...message })).toMatchObject({ error: expect.stringContaining('self-signed') })
    expect(secure.got).toEqual([])
    await secure.close()
  })
})
