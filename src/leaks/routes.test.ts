import { createHmac, randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SignedRequest } from '../http/route.ts'
import { mint } from '../keys/token.ts'
import type { Actor } from '../people/schema.ts'
import { ok } from '../problems.ts'
import { Secret } from '../secret.ts'
import { createAllowance } from './allowance.ts'
import { askGithub } from './github.ts'
import { type LeakDeps, leakRoutes } from './routes.ts'
import { GithubAlert, LeakReport, VerifyRequest } from './schema.ts'

const stranger: Actor = {
  kind: 'system',
  organizationId: '',
  memberId: '',
  name: 'stranger',
  role: 'auditor',
  scopes: [],
  operator: false,
  credentialId: 'stranger',
}
const secret = new Secret('a webhook secret of GitHub', 'GitHub webhook secret')
const found = () => mint('k', randomBytes).secret.reveal()

let now = 0
let hasRoom = true
let reported: unknown[] = []
beforeEach(() => {
  hasRoom = true
  reported = []
})

const depsWith = (more: Partial<LeakDeps> = {}): LeakDeps => {
  const allow = (perHour: number) => createAllowance({ now: () => now, perHour })
  return {
    reports: {
      token: (token) => hasRoom && reported.push(token) > 0,
      alert: (alert) => hasRoom && reported.push(alert) > 0,
      settled: async () => {},
    },
    reportsAllowed: allow(60),
    questionsAllowed: allow(600),
    wrongSignaturesAllowed: allow(60),
    githubSecret: secret,
    system: { read: () => Promise.reject(new Error('must not be asked')) },
    parseToken: () => null,
    publicKey: () => null,
    prove: async () => ok(null),
    secretsOf: () => ({ peppers: new Map(), proofKey: Buffer.alloc(32) }),
    now: () => now,
    ...more,
  }
}
const caller = (deps: LeakDeps) => {
  const routes = leakRoutes(deps)
  return (
    path: string,
    body: unknown,
    { address = '203.0.113.9', signed }: { address?: string; signed?: SignedRequest } = {},
  ) => {
    const route = routes.find((each) => each.path === path)
    if (!route) throw new Error(`there is no ${path}`)
    const input = { params: {}, query: {}, body, requestId: 'req_1', address, ifMatch: null }
    return route.handle(stranger, { ...input, ...(signed ? { signed } : {}) })
  }
}

describe('POST /leaks', () => {
  test('M8 the answer is the same for a right secret, a wrong one and what is none', async () => {
    const call = caller(depsWith())
    const answers = [await call('/leaks', { token: found() }), await call('/leaks', { token: 'hello' })]
    expect(answers).toEqual([ok({ received: true }), ok({ received: true })])
    expect(reported).toHaveLength(2)
  })

  test('M8 one source has sixty reports an hour, a neighbour has its own, and time gives them back', async () => {
    const call = caller(depsWith())
    const report = (address: string) => call('/leaks', { token: 'x' }, { address })
    for (let n = 0; n < 60; n += 1) expect((await report('2001:db8::1')).ok).toBe(true)
    expect(await report('2001:db8::ffff')).toMatchObject({ problem: { code: 'rate_limited', retryAfterSeconds: 60 } })
    expect((await report('2001:db8:0:1::1')).ok).toBe(true)
    now += 60_000
    expect((await report('2001:db8::2')).ok).toBe(true)
    expect((await report('2001:db8::2')).ok).toBe(false)
  })

  test('when nothing more can wait it says so instead of losing a report', async () => {
    hasRoom = false
    const answer = await caller(depsWith())('/leaks', { token: found() })
    expect(answer).toMatchObject({ problem: { code: 'busy', retryAfterSeconds: 5 } })
  })

  test.each([{}, { token: '' }, { token: 7 }, { token: 'x'.repeat(8193) }, { token: 'x', more: 1 }, { tokens: ['x'] }])(
    'a body of another shape is refused: %j',
    (body) => {
      expect(LeakReport.safeParse(body).success).toBe(false)
    },
  )
})

describe('POST /leaks/github', () => {
  const delivery = (alert: object, more: object = {}) => ({
    action: 'created',
    alert: { number: 7, secret_type: 'ostiary_key', ...alert },
    repository: { id: 1, full_name: 'acme/shop', private: true },
    sender: { login: 'octocat' },
    ...more,
  })
  const signedBy = (key: string, body: unknown, more: Record<string, string | string[]> = {}): SignedRequest => {
    const bytes = Buffer.from(JSON.stringify(body))
    const signature = `sha256=${createHmac('sha256', key).update(bytes).digest('hex')}`
    return { bytes, headers: { 'x-github-event': 'secret_scanning_alert', 'x-hub-signature-256': signature, ...more } }
  }
  const send = (body: unknown, signed: SignedRequest, deps = depsWith()) =>
    caller(deps)('/leaks/github', body, { signed })

  test('C27 a signed alert is taken', async () => {
    const body = delivery({ secret: found() })
    expect(await send(body, signedBy(secret.reveal(), body))).toEqual(ok({ received: true }))
    expect(reported).toEqual([GithubAlert.parse(body)])
  })

  test('C27 a delivery may come twice: what it leads to happens once anyway, so it is not remembered', async () => {
    const body = delivery({ secret: found() })
    const signed = signedBy(secret.reveal(), body, { 'x-github-delivery': 'ab12' })
    const deps = depsWith()
    expect([await send(body, signed, deps), await send(body, signed, deps)].every(({ ok: is }) => is)).toBe(true)
  })

  test('a body that was changed, signed by somebody else, or not at all, is refused', async () => {
    const body = delivery({ secret: found() })
    const { bytes, headers } = signedBy(secret.reveal(), body)
    const right = String(headers['x-hub-signature-256'])
    const wrong: SignedRequest[] = [
      { bytes: Buffer.from(`${bytes} `), headers },
      signedBy('another secret', body),
      signedBy('', body),
      { bytes, headers: { 'x-github-event': 'secret_scanning_alert' } },
      ...[right.slice(0, -1), right.toUpperCase(), `${right}, ${right}`, right.slice(7), 'sha256=', 'sha1=00'].map(
        (signature) => ({ bytes, headers: { ...headers, 'x-hub-signature-256': signature } }),
      ),
      { bytes, headers: { ...headers, 'x-hub-signature-256': [right, right] } },
    ]
    for (const signed of wrong)
      expect(await send(body, signed)).toMatchObject({ ok: false, problem: { code: 'not_signed_in' } })
    expect(reported).toEqual([])
  })

  test('who sends wrong signatures is told to wait; a right one from there still gets in', async () => {
    const deps = depsWith()
    const body = delivery({ secret: found() })
    const codes = []
    for (let n = 0; n < 61; n += 1) {
      const answer = await send(body, signedBy('wrong', body), deps)
      codes.push(answer.ok ? 'ok' : answer.problem.code)
    }
    expect(codes.at(-2)).toBe('not_signed_in')
    expect(codes.at(-1)).toBe('rate_limited')
    expect((await send(body, signedBy(secret.reveal(), body), deps)).ok).toBe(true)
  })

  test('without the setting the path is not there', async () => {
    const body = delivery({})
    const deps = depsWith({ githubSecret: null })
    expect(await send(body, signedBy('', body), deps)).toMatchObject({ problem: { code: 'not_found' } })
  })

  test.each<[string, unknown, Record<string, string>]>([
    ['a ping', { zen: 'Keep it simple.' }, { 'x-github-event': 'ping' }],
    ['an alert that somebody has closed', delivery({ secret: 's' }, { action: 'resolved' }), {}],
    ['another event', delivery({ secret: 's' }), { 'x-github-event': 'push' }],
    ['an alert of another shape', { action: 'created', alert: { number: 'one' } }, {}],
    ['a repository whose name leads elsewhere', delivery({}, { repository: { full_name: '../../user' } }), {}],
    ['a list, as GitHub sends it to partners', [{ token: 's', type: 't', url: 'u', source: 'content' }], {}],
  ])('%s is taken and leads to nothing', async (_what, body, headers) => {
    expect(await send(body, signedBy(secret.reveal(), body, headers))).toEqual(ok({ received: true }))
    expect(reported).toEqual([])
  })
})

describe('the secret of an alert', () => {
  const alert = (more: object = {}, repository = 'acme/shop') =>
    GithubAlert.parse({ action: 'created', alert: { number: 7, ...more }, repository: { full_name: repository } })
  const answering = (status: number, body: unknown) => {
    const asked: { url: string; options: RequestInit }[] = []
    const ask = askGithub({
      get: async (url, options) => {
        asked.push({ url, options })
        return { ok: status < 300, status, json: async () => body }
      },
      apiUrl: 'https://github.example/api/v3',
      token: new Secret('a token of GitHub'),
    })
    return { ask, asked }
  }

  test('is read from the API where the delivery leaves it out', async () => {
    const { ask, asked } = answering(200, { number: 7, secret: 'it', secret_type: 'x' })
    expect(await ask(alert())).toBe('it')
    expect(asked[0]?.url).toBe('https://github.example/api/v3/repos/acme/shop/secret-scanning/alerts/7')
    expect(asked[0]?.options).toMatchObject({
      redirect: 'manual',
      headers: { authorization: 'Bearer a token of GitHub' },
    })
  })

  test('is taken from the delivery where it stands there, and nobody is asked', async () => {
    const { ask, asked } = answering(200, {})
    expect(await ask(alert({ secret: 'it' }))).toBe('it')
    expect(asked).toEqual([])
  })

  test('is not asked for without a token, nor under a name that would leave the path', async () => {
    const { ask, asked } = answering(200, { secret: 'it' })
    expect(await ask(alert({}, '../..'))).toBeNull()
    expect(await ask(alert({}, 'acme/..'))).toBeNull()
    const unset = askGithub({ get: () => Promise.reject(new Error('no')), apiUrl: 'https://x', token: null })
    expect(await unset(alert())).toBeNull()
    expect(asked).toEqual([])
  })

  test('is asked for again when GitHub fails, and given up when it hides it', async () => {
    await expect(answering(502, {}).ask(alert())).rejects.toThrow('502')
    await expect(answering(301, {}).ask(alert())).rejects.toThrow('301')
    expect(await answering(200, { number: 7 }).ask(alert())).toBeNull()
  })
})

describe('POST /leaks/verify', () => {
  test('what is no secret of ours is not live', async () => {
    const answer = await caller(depsWith())('/leaks/verify', { Ostiary: { token: ['x', 'y'] } })
    expect(answer).toMatchObject({ ok: false, problem: { code: 'key_invalid' } })
  })

  test('a scanner may ask six hundred times an hour', async () => {
    const call = caller(depsWith())
    const codes = []
    for (let n = 0; n < 601; n += 1) {
      const answer = await call('/leaks/verify', { Ostiary: { token: ['x'] } })
      codes.push(answer.ok ? 'ok' : answer.problem.code)
    }
    expect([codes.at(-2), codes.at(-1)]).toEqual(['key_invalid', 'rate_limited'])
  })

  test.each([[], {}, 'x', { a: 'x' }, { a: { b: 'x' } }, { a: { b: [] } }, { a: { b: [7] } }])(
    'is refused: %j',
    (body) => {
      expect(VerifyRequest.safeParse(body).success).toBe(false)
    },
  )
})
