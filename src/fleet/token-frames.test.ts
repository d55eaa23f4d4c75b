import { afterEach, beforeAll, expect, test } from 'vitest'
import {
  type Control,
  type ControlOptions,
  createClock,
  drive,
  type Gateway,
  startControl,
  startGateway,
  until,
} from '../../test/feed-rig.ts'
import { orgA, prepare } from '../../test/feed-store.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { SigningKeys, TokenAnswer, TokenRequest } from './schema.ts'
import { createTokenAsking } from './token-asking.ts'

const gateways = new Map([['Bearer embedded', { id: 'gwy_embedded', name: 'embedded', organizationId: orgA }]])
const request = { requestId: 'req_1', address: '192.0.2.7', secret: 'ostk_secret', scope: null, ttlSeconds: null }
const made = { ok: true, accessToken: 'oste_made', expiresIn: 60, scope: '', child: 'chd_1' } as const

onEachStore('child tokens on the feed', (open) => {
  let database: Database
  let clock = createClock()
  const running: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    database = await open()
    await prepare(database)
  })
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop()
    clock = createClock()
  })
  const control = async (more: ControlOptions['more'] = {}): Promise<Control> => {
    const started = await startControl(database, { clock, gateways, more })
    running.push(started.kill)
    return started
  }
  const ready = async (url: string, more: Parameters<typeof startGateway>[3] = {}): Promise<Gateway> => {
    const started = startGateway(url, 'embedded', clock, more)
    running.push(() => drive(started.attachment.stop(), clock))
    await until(() => started.seen.ready === 1)
    return started
  }

  test('D54 a gateway is told the keys before its first record, and again when they have turned', async () => {
    let turn = 1
    const keysOf = (n: number) => ({
      issuer: 'https://control.example',
      keys: [{ kid: `kid${n}`, jwk: { kty: 'EC' } }],
    })
    const signing = { turn: () => String(turn), keys: () => keysOf(turn) }
    const told: SigningKeys[] = []
    const { url } = await control({ signing })
    let toldAtSnapshot = 0
    await ready(url, {
      learnSigningKeys: (keys) => void told.push(keys),
      replaceAll: () => {
        toldAtSnapshot = told.length
        return { add: () => {}, commit: () => {} }
      },
    })
    expect(toldAtSnapshot).toBe(1)
    expect(told).toEqual([{ type: 'signing-keys', ...keysOf(1) }])
    clock.advance(1000)
    turn = 2
    clock.advance(1000)
    await until(() => told.length === 2)
    expect(told[1]).toMatchObject(keysOf(2))
    clock.advance(3000)
    expect(told).toHaveLength(2)
  })

  test('D54 a request goes to control as it was asked, and its answer comes back to whoever asked', async () => {
    const asked: TokenRequest[] = []
    const from: unknown[] = []
    const answerToken = async (gateway: object, frame: TokenRequest): Promise<TokenAnswer['result']> => {
      asked.push(frame)
      from.push(gateway)
      return { ...made, child: frame.requestId }
    }
    const { url } = await control({ answerToken })
    const { attachment } = await ready(url)
    const ids = ['req_1', 'req_2', 'req_3']
    const answers = await Promise.all(ids.map((requestId) => attachment.askToken({ ...request, requestId })))
    expect(answers).toEqual(ids.map((child) => ({ ...made, child })))
    expect(asked).toHaveLength(3)
    expect(asked[0]).toMatchObject({ ...request, type: 'token-request' })
    expect(from[0]).toEqual({ ...gateways.get('Bearer embedded'), publicUrl: 'http://gateway.test' })
  })

  test('D54 an answer that does not come is waited for five seconds, and one that comes later is nobody’s', async () => {
    const { promise, resolve } = Promise.withResolvers<TokenAnswer['result']>()
    const { url } = await control({ answerToken: () => promise })
    const { attachment } = await ready(url)
    let answer: unknown = 'none'
    void attachment.askToken(request).then((got) => {
      answer = got
    })
    clock.advance(4999)
    await new Promise((next) => setImmediate(next))
    expect(answer).toBe('none')
    clock.advance(1)
    await until(() => answer !== 'none')
    expect(answer).toBe(null)
    resolve(made)
    clock.advance(1000)
    await until(() => attachment.contact() !== null)
  })

  test('D54 with the connection goes what was asked on it: whoever waits is told at once, and nobody asks into the void', async () => {
    const { url, kill } = await control({ answerToken: () => new Promise(() => {}) })
    const { attachment } = await ready(url)
    const waiting = attachment.askToken(request)
    await kill()
    expect(await waiting).toBe(null)
    expect(await attachment.askToken(request)).toBe(null)
  })

  test('G5 a gateway that asks without end is held back, and others are answered', async () => {
    const waiting: ((result: TokenAnswer['result']) => void)[] = []
    const answerToken = () => new Promise<TokenAnswer['result']>((resolve) => void waiting.push(resolve))
    const { url } = await control({ answerToken })
    const { attachment } = await ready(url)
    const answers = Array.from({ length: 40 }, () => attachment.askToken(request))
    const busy = await Promise.all(answers.slice(32))
    expect(busy).toEqual(
      busy.map(() => ({ ok: false, code: 'busy', detail: expect.any(String), retryAfterSeconds: 1 })),
    )
    expect(waiting).toHaveLength(32)
    for (const settle of waiting.splice(0)) settle(made)
    expect(await Promise.all(answers.slice(0, 32))).toEqual(answers.slice(0, 32).map(() => made))
    const next = attachment.askToken(request)
    await until(() => waiting.length === 1)
    waiting[0]?.(made)
    expect(await next).toEqual(made)
  })
})

test('so many wait at one gateway and no more, and an answer to nobody is dropped', async () => {
  const sent: unknown[] = []
  const asking = createTokenAsking({ send: (frame) => void sent.push(frame), setTimer: () => () => {} })
  expect(await asking.ask(request)).toBe(null)
  asking.attached()
  const waiting = Array.from({ length: 256 }, () => asking.ask(request))
  expect(await asking.ask(request)).toBe(null)
  expect(sent).toHaveLength(256)
  asking.heard({ type: 'token-answer', n: 999, result: made })
  asking.heard({ type: 'token-answer', n: 1, result: made })
  expect(await waiting[0]).toEqual(made)
  asking.detached()
  expect(await Promise.all(waiting.slice(1))).toEqual(waiting.slice(1).map(() => null))
})
