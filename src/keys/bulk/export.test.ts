import { beforeAll, expect, test } from 'vitest'
import { callRoute, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { insertKeys } from '../../../test/many-keys.ts'
import { onEachStore, silent } from '../../../test/stores.ts'
import type { Download } from '../../http/route.ts'
import type { Actor } from '../../people/schema.ts'
import { ok } from '../../problems.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'
import { csvColumns } from './csv.ts'
import { bulkRoutes } from './routes.ts'

type Made = { key: KeyView; secret: string }

onEachStore('exports of keys', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = async (name: string, more: object = {}, actor = ring.owner) =>
    granted(await call(actor, 'POST /keys', { body: { name, ...more } })) as Made
  const download = async (query: object, actor: Actor = ring.owner) => {
    const { chunks, ...head } = granted(await call(actor, 'GET /keys/export', { query })) as Download
    let text = ''
    for await (const chunk of chunks) text += chunk
    return { ...head, text }
  }
  const rows = async (query: object, actor?: Actor) =>
    parseCsv((await download({ format: 'csv', ...query }, actor)).text)
  const exported = async (query: object, actor?: Actor) => JSON.parse((await download(query, actor)).text)
  const eventsOf = () =>
    ring.keyDeps.database.read(ring.owner.organizationId, (db) =>
      db
        .selectFrom('audit_events')
        .select(['actor_id', 'subject_id', 'after'])
        .where('organization_id', '=', ring.owner.organizationId)
        .where('action', '=', 'keys.exported')
        .orderBy('row_id')
        .execute(),
    )

  beforeAll(async () => {
    ring = await createKeyring(await open())
    const deliverNow = async () => ok({ status: 200 })
    call = callRoute([...keyRoutes(ring.keyDeps), ...bulkRoutes({ ...ring.keyDeps, deliverNow, log: silent })])
  })

  test('D07 G1 hold every key once, the oldest first, and nothing of a secret', async () => {
    const made: Made[] = []
    for (const name of ['one', 'two', 'three']) {
      made.push(await make(name))
      ring.clock.forward(1)
    }
    const table = await download({ format: 'csv' })
    expect(table).toMatchObject({
      contentType: 'text/csv; charset=utf-8; header=present',
      fileName: 'keys-2026-01-01.csv',
    })
    const [head, ...lines] = parseCsv(table.text)
    expect(head).toEqual(csvColumns)
    expect(lines.map((line) => line[1])).toEqual(['one', 'two', 'three'])
    const json = await download({})
    expect(json).toMatchObject({ contentType: 'application/json; charset=utf-8', fileName: 'keys-2026-01-01.json' })
    expect(JSON.parse(json.text).exportedAt).toBe(new Date(ring.clock.now()).toISOString())
    for (const { secret, key } of made)
      for (const text of [table.text, json.text]) {
        expect(text).toContain(key.preview)
        expect(text).not.toContain(secret.slice(22, 60))
        expect(text).not.toMatch(/argon2|\bphc\b|\bgate\b/i)
      }
  })

  test('a cell that a table would run as a formula is text, and quotes, commas and lines stay in their cell', async () => {
    const nasty = [
      '=HYPERLINK("https://evil.example","x")',
      '+1+cmd',
      '-2+3',
      '@SUM(A1)',
      '＝1+1',
      'say "hi", they said',
    ]
    for (const name of nasty)
      await make(name, { description: `\t=1\n${name}`, tags: ['nasty'], metadata: { note: name } })
    const [, ...lines] = await rows({ tag: 'nasty' })
    const inert = (text: string) => (/^[=+\-@\t＝]/.test(text) ? `'${text}` : text)
    expect(lines.map(([, name]) => name).toSorted()).toEqual(nasty.map(inert).toSorted())
    expect(lines.every((line) => line.length === csvColumns.length)).toBe(true)
    for (const [, , description] of lines) expect(description).toMatch(/^'\t=1\n/)
  })

  test('columns say what the list says', async () => {
    const project = await ring.rows.project('desk')
    await ring.rows.server('files', project)
    const { key } = await make('with all of it', {
      description: 'of the desk',
      projects: [project],
      mcp: { servers: { mode: 'only', items: ['files'] } },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      tags: ['a', 'b'],
      expiresIn: '30d',
      metadata: { ticket: 7 },
    })
    const [head = [], line = []] = await rows({ search: 'with all' })
    const cells = Object.fromEntries(head.map((column, at) => [column, line[at]]))
    expect(cells).toMatchObject({
      id: key.id,
      preview: key.preview,
      status: 'active',
      owner_type: 'member',
      owner_name: 'First owner',
      description: 'of the desk',
      projects: 'desk',
      mcp: 'only files',
      llm: 'off',
      addresses: 'only 10.0.0.0/8',
      gateways: 'all',
      tags: 'a b',
      created_at: key.createdAt,
      expires_at: key.expiresAt,
      last_used_at: '',
      requests: '0',
      secret_versions: '1',
      metadata: '{"ticket":7}',
    })
  })

  test('hold what the same filter lists, to a member his own alone', async () => {
    const ada = await ring.addMember('member')
    await make('of ada', {}, ada)
    expect((await rows({}, ada)).map(([, name]) => name)).toEqual(['name', 'of ada'])
    expect((await exported({}, ada)).keys.map(({ name }: { name: string }) => name)).toEqual(['of ada'])
    expect((await rows({ search: 'of ada', status: 'revoked' })).length).toBe(1)
    expect(await exported({ tag: 'nobody-wears-it' })).toMatchObject({ keys: [] })
  })

  test('are told before the first line leaves: who, of what, and how much', async () => {
    const before = (await eventsOf()).length
    await download({ format: 'csv', search: 'one', status: 'active' })
    const told = (await eventsOf()).slice(before)
    expect(told).toHaveLength(1)
    expect(told[0]).toMatchObject({ actor_id: ring.owner.memberId, subject_id: ring.owner.organizationId })
    expect(JSON.parse(told[0]?.after ?? '')).toEqual({
      format: 'csv',
      filter: { search: 'one', status: 'active' },
      total: 1,
    })
  })

  test('are made page by page, and hold what stays while they are made', async () => {
    const { organizationId } = ring.owner
    const owner = { type: 'member' as const, id: ring.owner.memberId, name: 'owner' }
    const project = await ring.rows.project('many')
    const server = { id: await ring.rows.server('many', project), project }
    await insertKeys(
      ring.keyDeps.database,
      { organizationId, owners: [owner], servers: [server], now: ring.clock.now() },
      900,
      () => {},
    )
    const every = granted(await call(ring.owner, 'GET /keys', { query: { limit: '1' } })) as { total: number }
    const { chunks } = granted(await call(ring.owner, 'GET /keys/export', { query: {} })) as Download
    let text = ''
    let parts = 0
    for await (const chunk of chunks) {
      text += chunk
      parts += 1
      if (parts === 2) await make('came in between')
    }
    expect(parts).toBeGreaterThan(4)
    const ids = JSON.parse(text).keys.map(({ exported: { id } }: { exported: { id: string } }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect([every.total, every.total + 1]).toContain(ids.length)
  }, 60_000)
})

/** RFC 4180, read as strictly as it is written. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  return rows
}
