import { expect, test } from 'vitest'
import { type Answers, cliRig, effect, inForce, problem, sentenceOf } from '../../test/cli-rig.ts'

const secret = (n: number) => `ostk_${String(n).padStart(16, '0')}_${'s'.repeat(49)}`
const definitions = (count: number) => Array.from({ length: count }, (_, n) => ({ name: `job ${n}` }))

/** A terminal with files in memory. */
const rig = (answers: Answers, files: Record<string, string> = {}) => {
  const written: Record<string, string> = {}
  const progress: (string | null)[] = []
  const cli = cliRig(answers, {
    readFile: (path) => {
      const text = files[path]
      if (text === undefined) throw new Error('no file')
      return text
    },
    createFile: (path) => {
      if (path in files) throw new Error('there is one')
      written[path] = ''
      return { write: (text) => (written[path] += text), close: () => {} }
    },
    progress: (line) => progress.push(line),
  })
  return { ...cli, written, progress }
}

const importing: Answers = {
  'POST /keys/import': ({ body }) => {
    const { keys } = body as { keys: { name: string }[] }
    const results = keys.map(({ name }, index) =>
      name === 'job 3'
        ? { index, ok: false, code: 'invalid', errors: [{ pointer: '/servers', detail: 'there is no such server' }] }
        : { index, ok: true, id: `key_${name.slice(4)}`, name, secret: secret(Number(name.slice(4))) },
    )
    return { status: 200, body: { results } }
  },
}

test('many keys are imported piece by piece, with progress, and each says how it went', async () => {
  const { ostiary, changes, progress } = rig(importing, { 'keys.json': JSON.stringify({ keys: definitions(250) }) })
  const ran = await ostiary('keys', 'import', 'keys.json')
  expect(changes()).toHaveLength(3)
  expect(ran.code).toBe(1)
  expect(ran.out.split('\n').filter((line) => line.includes('ostk_'))).toHaveLength(249)
  expect(ran.out).toMatch(/^3 +- +- +invalid: \/servers there is no such server$/m)
  expect(ran.out).toMatch(/^249 +key_249 +job 249 +ostk_/m)
  expect(ran.err).toBe('249 of 250 keys made\n')
  expect(progress).toEqual(['0 of 250 keys, 0 %', '100 of 250 keys, 40 %', '200 of 250 keys, 80 %', null])
})

test('A35 secrets of an import go into a new file of its own, or to a webhook, and then nowhere else', async () => {
  const file = { 'keys.json': JSON.stringify(definitions(2)) }
  const { ostiary, written } = rig(importing, file)
  const ran = await ostiary('keys', 'import', 'keys.json', '--out', 'secrets.jsonl')
  expect(ran.out + ran.err).not.toContain('ostk_')
  expect(written['secrets.jsonl']?.split('\n').filter(Boolean)).toHaveLength(2)
  expect(written['secrets.jsonl']).toContain(secret(1))
  const there = await ostiary('keys', 'import', 'keys.json', '--out', 'keys.json')
  expect(sentenceOf(there)).toEqual([2, '', 'keys.json cannot be made: is there one already, or no such folder?'])
  const delivered = rig(
    { 'POST /keys/import': { results: [{ index: 0, ok: true, id: 'key_0', name: 'a', delivered: true }] } },
    file,
  )
  expect((await delivered.ostiary('keys', 'import', 'keys.json', '--deliver', 'whk_1')).out).toMatch(/ delivered$/m)
  expect(delivered.changes()[0]?.body).toMatchObject({ deliverTo: 'whk_1' })
})

test('what was made before an import failed is told', async () => {
  let calls = 0
  const failing: Answers = {
    'POST /keys/import': (sent) => {
      const answer = importing['POST /keys/import']
      calls += 1
      return calls === 2 || typeof answer !== 'function' ? problem(503, 'busy') : answer(sent)
    },
  }
  const { ostiary } = rig(failing, { 'keys.json': JSON.stringify(definitions(150)) })
  const ran = await ostiary('keys', 'import', 'keys.json')
  expect([ran.code, ran.out.split('\n').filter((line) => line.includes('ostk_')).length]).toEqual([1, 99])
  expect(ran.err).toBe('ostiary: It is busy.; the rest was not imported.\n99 of 150 keys made\n')
})

test.each([['{}'], ['[]'], ['nonsense'], ['{"keys": 1}']])('a file with %s is no import', async (text) => {
  const { ostiary, changes } = rig(importing, { 'keys.json': text })
  expect([(await ostiary('keys', 'import', 'keys.json')).code, changes()]).toEqual([2, []])
})

test('one thing is done with many keys, each once, and those that could not be are named', async () => {
  const bulk: Answers = {
    'POST /keys/bulk': ({ body }) => {
      const { keys } = body as { keys: string[] }
      const results = keys.map((id) => (id === 'key_7' ? { id, ok: false, code: 'not_found' } : { id, ok: true }))
      return { status: 200, body: { results, effect } }
    },
  }
  const ids = Array.from({ length: 300 }, (_, n) => `key_${n}`)
  const { ostiary, changes } = rig(bulk, { ids: ids.join('\n') })
  const ran = await ostiary('keys', 'bulk', 'suspend', 'key_1', '--from', 'ids', '--reason', 'freeze')
  expect(changes().map(({ body }) => (body as { keys: string[] }).keys.length)).toEqual([200, 100])
  expect(changes()[0]?.body).toMatchObject({ action: 'suspend', reason: 'freeze' })
  expect([ran.code, ran.err]).toEqual([1, '299 done, 1 not\n'])
  expect(ran.out).toMatch(/^key_7 +not_found$/m)
  await ostiary('keys', 'bulk', 'tag', 'key_1', '--tags', 'old, unused')
  expect(changes().at(-1)?.body).toEqual({ action: 'tag', tags: ['old', 'unused'], keys: ['key_1'] })
  expect((await ostiary('keys', 'bulk', 'tag', 'key_1')).code).toBe(2)
  expect((await ostiary('keys', 'bulk', 'destroy', 'key_1')).code).toBe(2)
  expect((await ostiary('keys', 'bulk', 'revoke')).code).toBe(2)
})

test('an export is what control sends, on stdout or in a new file', async () => {
  const { ostiary, sent, written } = rig({ 'GET /keys/export': { exportedAt: 'now', keys: [] } })
  expect((await ostiary('keys', 'export', '--format', 'json', '--tag', 'ci')).out).toBe(
    '{"exportedAt":"now","keys":[]}',
  )
  expect(sent[0]?.path).toBe('/keys/export?tag=ci&format=json')
  expect((await ostiary('keys', 'export', '--out', 'keys.csv')).code).toBe(0)
  expect(written['keys.csv']).toBe('{"exportedAt":"now","keys":[]}')
  expect((await ostiary('keys', 'export', '--format', 'xml')).code).toBe(2)
})

test('lists are filtered and sorted', async () => {
  const { ostiary, sent } = rig({ 'GET /keys': { items: [], nextCursor: null } })
  await ostiary(
    'keys',
    'list',
    '--server',
    'github',
    '--tag',
    'ci',
    '--expiring',
    '14',
    '--unused',
    '30',
    '--sort',
    '-requests',
  )
  expect(sent[0]?.path).toBe('/keys?server=github&tag=ci&expiring=14&unused=30&sort=-requests')
  expect((await ostiary('keys', 'list', '--unused', 'long')).code).toBe(2)
})

test('children are made, listed and ended', async () => {
  const { ostiary, changes } = rig({
    'POST /keys/:id/children': { access_token: 'oste_a.b.c', expires_in: 600, child: { id: 'chd_1' } },
    'GET /keys/:id/children': { items: [{ id: 'chd_1', depth: 1, expiresAt: 'soon' }], nextCursor: null },
    'DELETE /keys/:id/children/:child': { child: { id: 'chd_1' }, effect },
  })
  const made = await ostiary(
    'children',
    'create',
    'key_1',
    '--ttl',
    '600',
    '--servers',
    'github',
    '--tools',
    'github=search',
  )
  expect(made).toMatchObject({
    out: 'oste_a.b.c\n',
    err: 'chd_1, for 600 s. Keep the token now: it is shown this once.\n',
  })
  expect(changes()[0]?.body).toEqual({
    ttlSeconds: 600,
    narrow: {
      mcp: { servers: { mode: 'only', items: ['github'] }, tools: { github: { mode: 'only', items: ['search'] } } },
    },
  })
  expect((await ostiary('children', 'list', 'key_1', '-q')).out).toBe('chd_1\n')
  expect(await ostiary('children', 'revoke', 'key_1', 'chd_1')).toEqual({
    code: 0,
    out: 'chd_1 is revoked\n',
    err: inForce('refused'),
  })
})

test('webhooks are made with a secret that is printed once, and tried', async () => {
  const webhook = { id: 'whk_1', name: 'ops', url: 'https://ops.example/', events: ['key.*'], createdAt: 'now' }
  const { ostiary, changes } = rig({
    'POST /webhooks': { webhook, secret: 'whsec_abc', refs: {} },
    'POST /webhooks/:id/test': () => ({ status: 200, body: { delivered: false, detail: 'refused' } }),
    'GET /webhooks/:id/deliveries': {
      items: [
        { id: 'dlv_1', event: 'key.revoked', state: 'waiting', attempts: 2, lastError: 'refused', createdAt: 'now' },
      ],
      nextCursor: null,
    },
  })
  const made = await ostiary('webhooks', 'create', 'https://ops.example/', '--events', 'key.*', '-q')
  expect([made.out, changes()[0]?.body]).toEqual(['whsec_abc\n', { url: 'https://ops.example/', events: ['key.*'] }])
  expect(await ostiary('webhooks', 'test', 'whk_1')).toEqual({ code: 1, out: 'not delivered: refused\n', err: '' })
  expect((await ostiary('webhooks', 'deliveries', 'whk_1')).out).toMatch(
    /^dlv_1 +key\.revoked +waiting +2 +now +refused$/m,
  )
  expect((await ostiary('webhooks', 'create', 'nowhere')).code).toBe(2)
})
