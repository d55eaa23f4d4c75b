import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test, vi } from 'vitest'
import { hashSecret } from './hash.ts'
import { createLane, type Lane } from './lane.ts'
import { createProver, type KnownProof, type Provable, proofOf } from './prove.ts'
import type { SecretVersion } from './schema.ts'
import { mint, parseToken, type Token } from './token.ts'

const pepper = randomBytes(32)
const secrets = { peppers: new Map([['root1', pepper]]), proofKey: randomBytes(32) }
const id16 = 'AAAABBBBCCCCDDDD'

type Held = { token: Token; version: SecretVersion }
let one: Held
let two: Held
beforeAll(async () => {
  ;[one, two] = await Promise.all([minted(1), minted(2)])
})

async function minted(version: number): Promise<Held> {
  const token = parsed(mint('k', randomBytes, id16).secret.reveal())
  return { token, version: { ...(await hashSecret(token.text, pepper, 'root1')), version, validUntil: null } }
}
function parsed(text: string): Token {
  const token = parseToken(text)
  if (!token) throw new Error('not a token')
  return token
}
const record = (...versions: SecretVersion[]): Provable => ({ organization: 'org_1', id: `key_${id16}`, versions })

/** A real lane that counts what runs in it. */
function counted(lane: Lane = createLane()) {
  const runs = vi.fn()
  const run: Lane['run'] = (id, work) => {
    runs(id)
    return lane.run(id, work)
  }
  return { lane: { ...lane, run }, runs }
}

test('C08 the first sight of a secret runs Argon2 once, every later one is answered at once', async () => {
  const { lane, runs } = counted()
  const prover = createProver({ lane })
  const key = record(one.version)
  expect(prover.proveWarm(one.token, key, secrets)).toBeUndefined()
  expect(await prover.prove(one.token, key, secrets)).toEqual({ ok: true, value: 1 })
  expect(prover.proveWarm(one.token, key, secrets)).toBe(1)
  expect(await prover.prove(one.token, key, secrets)).toEqual({ ok: true, value: 1 })
  expect(runs).toHaveBeenCalledTimes(1)
})

test('a wrong secret for a known id is refused without Argon2', async () => {
  const { lane, runs } = counted()
  const prover = createProver({ lane })
  for (let i = 0; i < 100; i += 1) {
    const wrong = parsed(mint('k', randomBytes, id16).secret.reveal())
    expect(await prover.prove(wrong, record(one.version), secrets)).toEqual({ ok: true, value: null })
  }
  expect(runs).not.toHaveBeenCalled()
  expect(prover.table()).toEqual([])
})

test('a secret that passes the gate by chance is refused by Argon2 and leaves no proof', async () => {
  const prover = createProver({ lane: createLane() })
  const chance = record({ ...two.version, gate: one.version.gate })
  expect(await prover.prove(one.token, chance, secrets)).toEqual({ ok: true, value: null })
  expect(prover.table()).toEqual([])
})

test('the same secret under another kind letter is another token', async () => {
  const prover = createProver({ lane: createLane() })
  await prover.prove(one.token, record(one.version), secrets)
  const other: Token = { kind: 'u', id16, text: one.token.text.replace('ostk', 'ostu') }
  expect(prover.proveWarm(other, record(one.version), secrets)).toBeUndefined()
  expect(await prover.prove(other, record(one.version), secrets)).toEqual({ ok: true, value: null })
})

test('many callers with one cold secret share one Argon2 run', async () => {
  const { lane, runs } = counted()
  const prover = createProver({ lane })
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => prover.prove(one.token, record(one.version), secrets)),
  )
  expect(answers.every((answer) => answer.ok && answer.value === 1)).toBe(true)
  expect(runs).toHaveBeenCalledTimes(1)
})

test('G2 a proof counts only while the live record has the version it names', async () => {
  const { lane, runs } = counted()
  const prover = createProver({ lane })
  await prover.prove(one.token, record(one.version), secrets)
  expect(prover.proveWarm(one.token, record(two.version), secrets)).toBeUndefined()
  expect(await prover.prove(one.token, record(two.version), secrets)).toEqual({ ok: true, value: null })
  expect(prover.proveWarm(one.token, record(one.version, two.version), secrets)).toBe(1)
  expect(runs).toHaveBeenCalledTimes(1)
})

test('a retired version is still recognised, so that its holder can be told that it is', async () => {
  const prover = createProver({ lane: createLane() })
  const key = record({ ...one.version, validUntil: 5 }, two.version)
  expect(await prover.prove(one.token, key, secrets)).toEqual({ ok: true, value: 1 })
  expect(await prover.prove(two.token, key, secrets)).toEqual({ ok: true, value: 2 })
  expect([prover.proveWarm(one.token, key, secrets), prover.proveWarm(two.token, key, secrets)]).toEqual([1, 2])
  expect(prover.table().map(({ version }) => version)).toHaveLength(2)
})

test('a full lane answers busy, and the right secret is never called wrong', async () => {
  const lane = createLane({ width: 1, queue: 1 })
  const { promise, resolve } = Promise.withResolvers<void>()
  const held = [lane.run('x', () => promise), lane.run('y', () => promise)]
  const prover = createProver({ lane })
  expect(await prover.prove(one.token, record(one.version), secrets)).toMatchObject({
    ok: false,
    problem: { code: 'busy', retryAfterSeconds: 1 },
  })
  resolve()
  await Promise.all(held)
  expect(await prover.prove(one.token, record(one.version), secrets)).toEqual({ ok: true, value: 1 })
})

test('a learned proof spares Argon2, and what was learned is not reported as found', async () => {
  const { lane, runs } = counted()
  const prover = createProver({ lane })
  const found: KnownProof[] = []
  prover.onProved((proof) => found.push(proof))
  prover.learn([
    { organization: 'org_1', key: `key_${id16}`, version: 1, proof: proofOf(secrets.proofKey, one.token.text) },
  ])
  expect(prover.proveWarm(one.token, record(one.version), secrets)).toBe(1)
  expect(found).toEqual([])
  await prover.prove(two.token, record(one.version, two.version), secrets)
  expect(runs).toHaveBeenCalledTimes(1)
  expect(found).toEqual([
    { organization: 'org_1', key: `key_${id16}`, version: 2, proof: proofOf(secrets.proofKey, two.token.text) },
  ])
})

test('a wrong learned proof admits nobody and keeps nobody out', async () => {
  const prover = createProver({ lane: createLane() })
  const wrong = parsed(mint('k', randomBytes, id16).secret.reveal())
  prover.learn([{ organization: 'org_1', key: `key_${id16}`, version: 1, proof: proofOf(randomBytes(32), wrong.text) }])
  expect(await prover.prove(wrong, record(one.version), secrets)).toEqual({ ok: true, value: null })
  expect(await prover.prove(one.token, record(one.version), secrets)).toEqual({ ok: true, value: 1 })
  expect(prover.table()).toHaveLength(1)
})

test('G10 a proof of one organization says nothing in another', async () => {
  const prover = createProver({ lane: createLane() })
  await prover.prove(one.token, record(one.version), secrets)
  const foreign = { ...record(one.version), organization: 'org_2' }
  expect(prover.proveWarm(one.token, foreign, secrets)).toBeUndefined()
  expect(prover.proveWarm(one.token, record(one.version), { ...secrets, proofKey: randomBytes(32) })).toBeUndefined()
})

test('a token is never proved against the record of another id', async () => {
  const prover = createProver({ lane: createLane() })
  const other = { ...record(one.version), id: 'key_EEEEFFFFGGGGHHHH' }
  expect(await prover.prove(one.token, other, secrets)).toEqual({ ok: true, value: null })
})

test('a missing pepper is our accident, not a wrong secret', async () => {
  const prover = createProver({ lane: createLane() })
  const strange = record({ ...one.version, pepperId: 'root0' })
  await expect(prover.prove(one.token, strange, secrets)).rejects.toThrow('pepper root0')
})

test('a forgotten key has to be proved again', async () => {
  const prover = createProver({ lane: createLane() })
  await prover.prove(one.token, record(one.version), secrets)
  prover.forget(`key_${id16}`)
  expect(prover.table()).toEqual([])
  expect(prover.proveWarm(one.token, record(one.version), secrets)).toBeUndefined()
})

test('a proof that is learned or forgotten counts at once for a record that was asked about before', async () => {
  const prover = createProver({ lane: createLane() })
  const key = record(one.version, two.version)
  const proofFor = ({ token, version: { version } }: Held) => {
    const proof = proofOf(secrets.proofKey, token.text)
    return { organization: 'org_1', key: `key_${id16}`, version, proof }
  }
  prover.learn([proofFor(one)])
  expect([one, two].map(({ token }) => prover.proveWarm(token, key, secrets))).toEqual([1, undefined])
  prover.learn([proofFor(two)])
  expect([one, two].map(({ token }) => prover.proveWarm(token, key, secrets))).toEqual([1, 2])
  prover.forget(`key_${id16}`)
  expect([one, two].map(({ token }) => prover.proveWarm(token, key, secrets))).toEqual([undefined, undefined])
  expect(prover.table()).toEqual([])
  prover.learn([proofFor(two)])
  expect([one, two].map(({ token }) => prover.proveWarm(token, key, secrets))).toEqual([undefined, 2])
})

test('G10 a proof of one organization says nothing of a key with the same id in another', () => {
  const prover = createProver({ lane: createLane() })
  const proof = proofOf(secrets.proofKey, one.token.text)
  prover.learn([{ organization: 'org_2', key: `key_${id16}`, version: 1, proof }])
  expect(prover.proveWarm(one.token, record(one.version), secrets)).toBeUndefined()
  prover.learn([{ organization: 'org_1', key: `key_${id16}`, version: 1, proof }])
  expect(prover.proveWarm(one.token, record(one.version), secrets)).toBe(1)
  expect(prover.table()).toHaveLength(1)
})
