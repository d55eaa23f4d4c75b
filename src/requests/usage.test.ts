import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { chat, keep, noon, refused, toolCall } from '../../test/requests-rig.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Database } from '../db/database.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import type { Download } from '../http/route.ts'
import type { Actor } from '../people/schema.ts'
import { groupings, type UsageItem } from './schema.ts'
import type { Usage } from './wire.ts'

onEachStore('usage', (open) => {
  let database: Database
  let surface: Awaited<ReturnType<typeof createWholeSurface>>
  let member: Actor
  let organization = ''
  beforeAll(async () => {
    database = await open()
    surface = await createWholeSurface(database)
    surface.clock.now = noon
    organization = surface.organizationId
    member = await surface.addMember('member', 'ada')
  })
  const usage = async (query: Record<string, string>, actor: Actor = surface.owner): Promise<Usage> =>
    surface.as(actor)('GET /usage', { query })
  const csv = async (path: string, query: Record<string, string>): Promise<string[]> =>
    (await textOf(await surface.ask(`GET ${path}`, { query }))).trimEnd().split('\r\n')
  const dayOf = (day: number) => ({
    at: (n: number) => Date.UTC(2026, 9, day, 10) + n,
    within: { from: `2026-10-${day}T00:00:00Z`, to: `2026-10-${day + 1}T00:00:00Z` },
  })
  const newKey = async (name: string) => (await surface.ask('POST /keys', { body: { name } })).key.id as string
  const counts = (items: readonly UsageItem[]) => Object.fromEntries(items.map(({ id, requests }) => [id, requests]))

  test('D14 shares are parts of what is asked for and add up; deleted keys are one row', async () => {
    const { at, within } = dayOf(10)
    const [one, other, gone] = [await newKey('one'), await newKey('other'), await newKey('gone')]
    const of = (key: string, n: number) => toolCall(n, { organization, key, at: at(n) })
    await keep(database, [of(one, 1), of(one, 2), of(one, 3), of(other, 4), of(gone, 5), of('key_00000000000000xx', 6)])
    await surface.ask('DELETE /keys/:id', { params: { id: gone } })
    const { items, deleted, rest, total, refs } = await usage({ ...within, by: 'key' })
    expect(items.map(({ id, requests, share }) => [id, requests, share])).toEqual([
      [one, 3, 50],
      [other, 1, 16.667],
    ])
    expect(deleted).toMatchObject({ requests: 2, share: 33.333 })
    expect(rest).toBeNull()
    expect(total).toMatchObject({ requests: 6, share: 100 })
    expect(refs[one]).toEqual({ slug: null, name: 'one' })
  })

  test('each grouping says whose, where and how; teams, apps and tiers are those of now', async () => {
    const { at, within } = dayOf(11)
    const key = await newKey('grouped')
    const team = (await surface.ask('POST /teams', { body: { slug: 'ops', members: [member.memberId] } })).team
    const project = (await surface.ask('POST /projects', { body: { slug: 'live', tier: 'production' } })).project
    const server = await surface.addServer('hub')
    const base = { organization, key, at: at(1), project: project.id, owner: member.memberId }
    await keep(database, [
      toolCall(1, { ...base, server: server.id, tool: 'read', metadata: '{"cost":"a","n":1}' }),
      toolCall(2, { ...base, server: server.id, tool: 'write', metadata: '{"cost":"a"}' }),
      refused(3, { ...base, server: server.id, tool: 'read', status: 403 }),
      chat(4, { ...base, owner: team.id, ownerType: 'team', project: 'prj_gone', metadata: '{"cost":"b"}' }),
      chat(5, { ...base, owner: 'app_1', ownerType: 'app', model: 'small', at: at(3_600_000) }),
    ])
    const by = async (grouping: string) => counts((await usage({ ...within, by: grouping })).items)
    expect(await by('owner')).toEqual({ [member.memberId]: 2, [team.id]: 1, app_1: 1 })
    expect(await by('team')).toEqual({ [team.id]: 3, null: 1 })
    expect(await by('app')).toEqual({ app_1: 1, null: 3 })
    expect(await by('project')).toEqual({ [project.id]: 3, prj_gone: 1 })
    expect(await by('environment')).toEqual({ production: 3, null: 1 })
    expect(await by('server')).toEqual({ [server.id]: 2, null: 2 })
    expect(await by('tool')).toEqual({ read: 1, write: 1, null: 2 })
    expect(await by('provider')).toEqual({ prv_aaaaaaaaaaaaaaaa: 2, null: 2 })
    expect(await by('model')).toEqual({ 'gpt-5': 1, small: 1, null: 2 })
    expect(await by('status')).toEqual({ 200: 4, 403: 0 })
    expect(await by('hour')).toEqual({ '2026-10-11T10:00:00.000Z': 3, '2026-10-11T11:00:00.000Z': 1 })
    expect(await by('day')).toEqual({ '2026-10-11': 4 })
    expect(await by('metadata.cost')).toEqual({ a: 2, b: 1, null: 1 })
    expect(await by('metadata.n')).toEqual({ 1: 1, null: 3 })
    const tools = await usage({ ...within, by: 'tool', server: 'hub' })
    expect(tools.items).toMatchObject([
      { id: 'read', of: server.id, requests: 1, refused: 1 },
      { id: 'write', of: server.id, requests: 1, refused: 0 },
    ])
    expect(tools.refs[server.id]).toEqual({ slug: 'hub', name: 'hub' })
    const models = await usage({ ...within, by: 'model', kind: 'llm' })
    expect(models.total).toMatchObject({ tokens: { input: 200, output: 40, cached: 80, reasoning: 10 } })
    expect(models.total.costUsd).toBe('0.002469134')
  })

  test('E05 the calls of one key by the hour are a chart of it', async () => {
    const { at, within } = dayOf(12)
    const [key, other] = [await newKey('charted'), await newKey('beside')]
    const call = (n: number, whose = key) => toolCall(n, { organization, key: whose, at: at((n % 3) * 3_600_000) })
    await keep(database, [...[1, 2, 3, 4].map((n) => call(n)), call(5, other)])
    const { items } = await usage({ ...within, by: 'hour', key })
    expect(items.map(({ id, requests }) => [id, requests])).toEqual([
      ['2026-10-12T12:00:00.000Z', 1],
      ['2026-10-12T11:00:00.000Z', 2],
      ['2026-10-12T10:00:00.000Z', 1],
    ])
  })

  test('B22 a member adds up his own keys alone, and his shares are of these', async () => {
    const { at, within } = dayOf(13)
    const key = (await surface.as(member)('POST /keys', { body: { name: 'hers' } })).key.id
    const base = { organization, at: at(1) }
    await keep(database, [
      toolCall(1, { ...base, key, owner: member.memberId }),
      toolCall(2, { ...base, key: await newKey('not hers'), owner: surface.owner.memberId }),
    ])
    const mine = await usage({ ...within, by: 'key' }, member)
    expect(mine.items).toMatchObject([{ id: key, requests: 1, share: 100 }])
    expect(mine.total.requests).toBe(1)
    expect((await usage({ ...within, by: 'metadata.x' }, member)).total.requests).toBe(1)
    expect((await usage({ ...within, owner: surface.owner.memberId }, member)).total.requests).toBe(0)
    expect((await usage(within)).total.requests).toBe(2)
  })

  test('G10 what another organization has used is in no sum', async () => {
    const { at, within } = dayOf(14)
    await keep(database, [
      toolCall(1, { organization: 'org_zzzzzzzzzzzzzzzz', key: 'key_zzzzzzzzzzzzzzzz', at: at(1) }),
    ])
    for (const by of [...groupings, 'metadata.x']) {
      const { items, total, deleted } = await usage({ ...within, by })
      expect([by, items, total.requests, deleted]).toEqual([by, [], 0, null])
    }
    expect((await usage({ ...within, key: 'key_zzzzzzzzzzzzzzzz' })).total.requests).toBe(0)
  })

  test('an answer names so many and adds the others up; what nobody knows is refused', async () => {
    const { at, within } = dayOf(15)
    const key = await newKey('many')
    const calls = Array.from({ length: 30 }, (_, n) =>
      toolCall(n + 1, { organization, key, at: at(n), tool: `tool-${n % 10}` }),
    )
    await keep(database, calls)
    const { items, rest, total } = await usage({ ...within, by: 'tool', limit: '3' })
    expect(items.map(({ requests }) => requests)).toEqual([3, 3, 3])
    expect(rest).toMatchObject({ requests: 21, share: 70 })
    expect(total.requests).toBe(30)
    for (const by of ['nothing', 'metadata.', 'metadata'])
      expect(await surface.call(surface.owner, 'GET /usage', { query: { by } })).toMatchObject({ ok: false })
  })

  test('sums by any grouping, the rows themselves and the tables say the same', async () => {
    const key = await newKey('same')
    let day = 0
    const call = fc.record({
      at: fc.integer({ min: 0, max: 20 * 3_600_000 }),
      admitted: fc.boolean(),
      status: fc.constantFrom(200, 403, 499, 0),
      cost: fc.option(fc.integer({ min: 0, max: 10_000_000_000 })),
      tool: fc.constantFrom('read', 'write', null),
      project: fc.constantFrom('prj_1', 'prj_2', null),
    })
    const shown = async (within: Record<string, string>) => {
      const sums = await Promise.all(
        [...groupings.filter((by) => by !== 'team'), 'metadata.x'].map(async (by) => {
          const { items, deleted, total } = await usage({ ...within, by })
          const parts = [...items, ...(deleted ? [deleted] : [])]
          expect(parts.reduce((sum, { requests }) => sum + requests, 0)).toBe(total.requests)
          return [total.requests, total.refused, nanoOf(total.costUsd)]
        }),
      )
      return [...new Set(sums.map((one) => JSON.stringify(one)))]
    }
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 40 }), async (calls) => {
        day += 1
        const begin = Date.UTC(2020, 0, day)
        const within = { from: new Date(begin).toISOString(), to: new Date(begin + 86_400_000).toISOString() }
        const records = calls.map(
          ({ at, ...more }, n): CallRecord => chat(n + 1, { organization, key, at: begin + at, ...more }),
        )
        await keep(database, records)
        const cost = records.reduce((sum, record) => sum + (record.cost ?? 0), 0)
        const requests = records.filter(({ admitted }) => admitted).length
        expect(await shown(within)).toEqual([JSON.stringify([requests, records.length - requests, cost])])
        const rows = columnsOf(await csv('/requests.csv', within))
        expect(rows('cost_usd').reduce((sum, text) => sum + nanoOf(text), 0)).toBe(cost)
        const months = columnsOf(await csv('/usage.csv', { ...within, by: 'model' }))
        expect(months('cost_usd').reduce((sum, text) => sum + nanoOf(text), 0)).toBe(cost)
        expect(months('requests').reduce((sum, text) => sum + Number(text), 0)).toBe(requests)
      }),
      { numRuns: 8 },
    )
  }, 60_000)

  test('a table runs nothing: what callers and models have named is text in it', async () => {
    const { at, within } = dayOf(16)
    const key = await newKey('=cmd()')
    const evil = '=HYPERLINK("http://evil","x")'
    const metadata = JSON.stringify({ note: '@SUM(A1)' })
    const more = { organization, key, at: at(1), keyName: '+1+1', tool: evil, client: '-2"\n,x', metadata }
    await keep(database, [toolCall(1, more)])
    const text = await textOf(await surface.ask('GET /requests.csv', { query: within }))
    expect(text).toContain(`"'=HYPERLINK(""http://evil"",""x"")"`)
    expect(text).toContain("'+1+1")
    expect(text).toContain(`"'-2""\n,x"`)
    expect(text).not.toMatch(/(^|,)"?[=+@]/m)
    const usageText = await textOf(await surface.ask('GET /usage.csv', { query: { ...within, by: 'tool' } }))
    expect(usageText).toContain(`"'=HYPERLINK(""http://evil"",""x"")"`)
    const json = JSON.parse(await textOf(await surface.ask('GET /requests.json', { query: within })))
    expect(json.items).toMatchObject([{ tool: evil, client: '-2"\n,x', metadata: { note: '@SUM(A1)' } }])
  })

  test('an export holds every call of many pages once, and ends although calls go on', async () => {
    const { at, within } = dayOf(17)
    const key = await newKey('exported')
    const calls = Array.from({ length: 1200 }, (_, n) => toolCall(n + 1, { organization, key, at: at(n % 7) }))
    await keep(database, calls)
    const ids = columnsOf(await csv('/requests.csv', within))('id')
    expect(ids.toSorted()).toEqual(calls.map(({ id }) => id).toSorted())
    expect(new Set(ids).size).toBe(1200)
    const few = { ...within, admitted: 'false', address: '10.1.2.0/24', client: 'cli' }
    expect(await csv('/requests.csv', few)).toHaveLength(1)
    await keep(database, [refused(1, { organization, key, at: at(1), address: '10.1.2.3', client: 'A cli/1' })])
    expect(columnsOf(await csv('/requests.csv', few))('address')).toEqual(['10.1.2.3'])
    const empty = await textOf(await surface.ask('GET /requests.json', { query: { ...within, key: 'key_1' } }))
    expect(JSON.parse(empty)).toEqual({ items: [] })
  })
})

const textOf = async ({ chunks }: Download): Promise<string> => {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}

const nanoOf = (text: string): number => Math.round(Number(text) * 1e9)

/** Cells of a table without quotes, by the name of their column. */
const columnsOf =
  ([head = '', ...lines]: readonly string[]) =>
  (name: string): string[] => {
    const at = head.split(',').indexOf(name)
    return lines.map((line) => line.split(',')[at] ?? '')
  }
