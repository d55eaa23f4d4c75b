import { beforeAll, describe, expect, test } from 'vitest'
import { holder } from '../../test/budget-rig.ts'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore, silent } from '../../test/stores.ts'
import { budgetLinks } from '../control/budget-links.ts'
import { dropCaps, peopleLinks } from '../control/domain-links.ts'
import type { Database } from '../db/database.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import type { Download } from '../http/route.ts'
import { keyRoutes } from '../keys/routes.ts'
import type { KeyView } from '../keys/schema.ts'
import { peopleRoutes } from '../people/routes.ts'
import type { Actor } from '../people/schema.ts'
import { createBudgetGrants } from './grant.ts'
import { dropKeyBudgets, freezeKeyBudgets, setKeyBudgets } from './of-key/of-key.ts'
import { budgetRecord, budgetRecords } from './records/store.ts'
import { budgetRoutes } from './routes.ts'
import { type BudgetEntry, type BudgetView, nanoOf, usdOf } from './schema.ts'
import { settleRecords } from './settle.ts'

type One = { budget: BudgetView; refs: Record<string, { name: string }> }

onEachStore('budgets', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let organization: string
  let seq = 0
  const gateway = holder('gw_one')

  const create = async (body: object, actor = ring.owner) =>
    granted(await call(actor, 'POST /budgets', { body })) as One
  const show = async (id: string, actor = ring.owner) =>
    (granted(await call(actor, 'GET /budgets/:id', { params: { id } })) as One).budget
  const act = (verb: string, id: string, body: object, ifMatch: string | null = null) =>
    call(ring.owner, `${verb}`, { params: { id }, body, ifMatch })
  const newKey = async (actor = ring.owner) =>
    (granted(await call(actor, 'POST /keys', { body: { name: 'A key' } })) as { key: KeyView }).key
  const grant = (pool: string, usd: string) => {
    const { now: storeNow } = ring.clock
    const storeTime = () => Promise.resolve(storeNow())
    const grants = createBudgetGrants({ ...ring.keyDeps, storeNow, storeTime, log: silent })
    return grants.grant(gateway, [{ organization, pool, ahead: false, wanted: nanoOf(usd), need: nanoOf(usd) }])
  }
  const spend = async (budget: string, window: string, usd: string, more: Partial<CallRecord> = {}) => {
    seq += 1
    const record = { seq, id: `req_${seq}`, organization, key: 'key_1', price: null, ...more }
    const charged = { ...record, charges: [{ budget, window, nano: nanoOf(usd) }] } as CallRecord
    await database.system.transaction((db) => settleRecords(ring.keyDeps)(db, gateway, [charged]))
  }
  const events = (id: string) =>
    database.read(organization, async (db) => {
      const rows = await db
        .selectFrom('audit_events')
        .select(['action', 'after'])
        .where('subject_id', '=', id)
        .orderBy('row_id')
        .execute()
      return rows.map(({ action, after }) => ({ action, after: JSON.parse(after ?? 'null') }))
    })
  const news = async () =>
    (
      await database.read(organization, (db) =>
        db.selectFrom('changes').select(['kind', 'subject_id']).orderBy('row_id').execute(),
      )
    )
      .filter(({ kind }) => kind === 'budget')
      .map(({ subject_id }) => subject_id)

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    organization = ring.owner.organizationId
    const links = budgetLinks(ring.keyDeps.directory)
    const { dropCapsOf } = peopleLinks
    call = callRoute([
      ...budgetRoutes({ ...ring.keyDeps, ...links }),
      ...keyRoutes(ring.keyDeps),
      ...peopleRoutes({ ...ring.peopleDeps, dropCapsOf }),
    ])
  })

  describe('REST', () => {
    test('D23 a budget has a target, an amount and a period, and says how it stands', async () => {
      const key = await newKey()
      const { budget, refs } = await create({ target: { type: 'key', id: key.id }, usd: '25', period: 'month' })
      expect(budget).toMatchObject({
        target: { type: 'key', id: key.id, name: null },
        usd: '25.00',
        period: 'month',
        thresholds: [50, 80, 100],
        spentUsd: '0.00',
        heldUsd: '0.00',
        leftUsd: '25.00',
        toppedUpUsd: '0.00',
        unreconciledUsd: '0.00',
        forecastUsd: null,
        frozen: false,
        runningPeriod: '2026-01',
        resetsAt: '2026-02-01T00:00:00.000Z',
        crossed: [],
        revision: 1,
      })
      expect(refs[key.id]).toEqual({ slug: null, name: 'A key' })
      expect(await news()).toContain(budget.id)
      expect(await events(budget.id)).toMatchObject([{ action: 'budget.created', after: { usd: '25.00' } }])
      await grant(budget.id, '2')
      await spend(budget.id, '2026-01', '0.25')
      expect(await show(budget.id)).toMatchObject({ spentUsd: '0.25', heldUsd: '1.75', leftUsd: '23.00' })
      expect(
        codeOf(
          await call(ring.owner, 'POST /budgets', {
            body: { target: { type: 'key', id: key.id }, usd: '1', period: 'month' },
          }),
        ),
      ).toBe('cap_exists')
    })

    test('D23 whose it is to be has to be there', async () => {
      const wrong = async (target: object) => {
        const result = await call(ring.owner, 'POST /budgets', { body: { target, usd: '1' } })
        return result.ok ? 'ok' : result.problem.errors?.[0]?.pointer
      }
      expect(await wrong({ type: 'key', id: 'key_AAAAAAAAAAAAAAAA' })).toBe('/target/id')
      expect(await wrong({ type: 'team', id: "x' or 1=1" })).toBe('/target/id')
      expect(await wrong({ type: 'project' })).toBe('/target/id')
      expect(await wrong({ type: 'organization', id: 'org_other' })).toBe('/target/id')
      expect(await wrong({ type: 'tool', id: 'srv_1', name: 'read' })).toBe('/target/type')
      expect(await wrong({ type: 'organization' })).toBe('ok')
    })

    test('D26 D25 money is exact decimal text, and thresholds are whole percentages, each once, in order', async () => {
      const key = await newKey()
      const pointer = async (fields: object) => {
        const body = { target: { type: 'key', id: key.id }, ...fields }
        const result = await call(ring.owner, 'POST /budgets', { body })
        return result.ok ? 'ok' : result.problem.errors?.[0]?.pointer
      }
      for (const usd of ['-1', '1,5', '1.0000000001', '1e3', ' 1', '', '0x10', '.5', '5.', '99999999', 1, null, 'NaN'])
        expect([usd, await pointer({ usd })]).toEqual([usd, '/usd'])
      for (const thresholds of ['foo', '0', '120', '80,foo', '', ',', '50;80', '1.5', [0], [101], [1.5], ['50']])
        expect([thresholds, await pointer({ usd: '1', thresholds })]).toEqual([
          thresholds,
          expect.stringMatching(/^\/thresholds/),
        ])
      expect(await pointer({ thresholds: '50' })).toBe('/usd')
      const made = await create({
        target: { type: 'key', id: key.id },
        usd: '0.000000001',
        thresholds: ' 100,50, 80,50',
      })
      expect(made.budget).toMatchObject({ usd: '0.000000001', thresholds: [50, 80, 100] })
      const none = await create({ target: { type: 'key', id: key.id }, usd: '4000000', period: 'day', thresholds: [] })
      expect(none.budget).toMatchObject({ usd: '4000000.00', thresholds: [] })
    })

    test('D23 a change needs the revision that was read, moves only what is left, and is told', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '10' })
      await grant(budget.id, '6')
      await spend(budget.id, 'total', '6')
      expect(codeOf(await act('PATCH /budgets/:id', budget.id, { usd: '20' }, `"${budget.id}-7"`))).toBe('stale')
      const raised = granted(await act('PATCH /budgets/:id', budget.id, { usd: '20' }, `"${budget.id}-1"`)) as One
      expect(raised.budget).toMatchObject({ usd: '20.00', spentUsd: '6.00', leftUsd: '14.00', revision: 2 })
      const lowered = granted(await act('PATCH /budgets/:id', budget.id, { usd: '5', thresholds: '90' })) as One
      expect(lowered.budget).toMatchObject({ usd: '5.00', spentUsd: '6.00', leftUsd: '0.00', thresholds: [90] })
      expect((await grant(budget.id, '0.01'))[0]).toMatchObject({ amount: 0 })
      // 50 had been crossed at 10; 90 is crossed by the lower amount, once.
      expect((await show(budget.id)).crossed.map(({ percent }) => percent)).toEqual([50, 90])
      granted(await act('PATCH /budgets/:id', budget.id, { usd: '50' }))
      granted(await act('PATCH /budgets/:id', budget.id, { usd: '5', thresholds: null }))
      const told = (await events(budget.id)).filter(({ action }) => action === 'budget.threshold_crossed')
      expect(told.map(({ after }) => after.percent)).toEqual([50, 90, 80, 100])
    })

    test('D24 a top-up adds to the running period, a reset begins a new one, and calls that run end in the old one', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '1', period: 'day' })
      await grant(budget.id, '1')
      await spend(budget.id, '2026-01-01', '0.6')
      const more = granted(
        await act('POST /budgets/:id/top-up', budget.id, { usd: '0.5', note: 'for the demo' }),
      ) as One
      expect(more.budget).toMatchObject({ usd: '1.00', toppedUpUsd: '0.50', leftUsd: '0.50', heldUsd: '0.40' })
      const anew = granted(await act('POST /budgets/:id/reset', budget.id, {})) as One
      expect(anew.budget).toMatchObject({
        spentUsd: '0.00',
        leftUsd: '1.00',
        runningPeriod: '2026-01-01.2',
        crossed: [],
      })
      expect((await grant(budget.id, '0.9'))[0]).toMatchObject({ window: '2026-01-01.2', amount: nanoOf('0.9') })
      await spend(budget.id, '2026-01-01', '0.4')
      await spend(budget.id, '2026-01-01.2', '0.9')
      expect(await show(budget.id)).toMatchObject({ spentUsd: '0.90', leftUsd: '0.10', toppedUpUsd: '0.00' })
      const told = (await events(budget.id)).filter(({ action }) => action === 'budget.threshold_crossed')
      expect(told.map(({ after }) => `${after.period} ${after.percent}`)).toEqual([
        '2026-01-01 50',
        '2026-01-01.2 50',
        '2026-01-01.2 80',
      ])
      for (const body of [{ usd: '0' }, { usd: '-1' }, {}])
        expect(codeOf(await act('POST /budgets/:id/top-up', budget.id, body))).toBe('invalid')
      granted(await act('POST /budgets/:id/top-up', budget.id, { usd: '4000000' }))
      expect(codeOf(await act('POST /budgets/:id/top-up', budget.id, { usd: '4000000' }))).toBe('invalid')
    })

    test("attack: D24 top-ups and an amount that is raised afterwards stay an exact number, so that nobody's grants stop", async () => {
      const { budget } = await create({ target: { type: 'key', id: (await newKey()).id }, usd: '0' })
      for (let n = 0; n < 3; n += 1) await act('POST /budgets/:id/top-up', budget.id, { usd: '4000000' })
      granted(await act('PATCH /budgets/:id', budget.id, { usd: '4000000' }))
      expect(await show(budget.id)).toMatchObject({ leftUsd: '8000000.00', toppedUpUsd: '4000000.00' })
      await spend(budget.id, 'total', '4000000')
      expect(await show(budget.id)).toMatchObject({ leftUsd: '4000000.00', spentUsd: '4000000.00' })
    })

    test('D24 a frozen budget gives nothing until somebody says otherwise', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '1' })
      await database.transaction(organization, (db) =>
        freezeKeyBudgets(db, organization, [key.id], { at: ring.clock.now(), newId: ring.keyDeps.newId }),
      )
      expect(await show(budget.id)).toMatchObject({ frozen: true, revision: 2 })
      expect((await grant(budget.id, '0.1'))[0]).toMatchObject({ amount: 0 })
      granted(await act('PATCH /budgets/:id', budget.id, { frozen: false }))
      expect((await grant(budget.id, '0.1'))[0]).toMatchObject({ amount: nanoOf('0.1') })
    })

    test('D23 a deleted budget is gone for people and gateways, and its books stay', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '1' })
      await grant(budget.id, '0.5')
      granted(await call(ring.owner, 'DELETE /budgets/:id', { params: { id: budget.id } }))
      expect(codeOf(await call(ring.owner, 'GET /budgets/:id', { params: { id: budget.id } }))).toBe('not_found')
      expect(codeOf(await call(ring.owner, 'DELETE /budgets/:id', { params: { id: budget.id } }))).toBe('not_found')
      await spend(budget.id, 'total', '0.4')
      const record = await database.read(organization, (db) => budgetRecord(db, organization, budget.id))
      expect(record).toMatchObject({ kind: 'gone', of: 'budget', revision: 2 })
      const again = await create({ target: { type: 'key', id: key.id }, usd: '1' })
      const records = await database.read(organization, (db) => budgetRecords(db, organization, null, 500))
      expect(records.map(({ id }) => id)).toContain(again.budget.id)
      expect(records.map(({ id }) => id)).not.toContain(budget.id)
    })

    test('D23 a forecast goes on as until now, once there is something to go by', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '100', period: 'day' })
      expect(budget.forecastUsd).toBe(null)
      ring.clock.forward(6 * 3_600_000)
      await spend(budget.id, '2026-01-01', '2')
      expect((await show(budget.id)).forecastUsd).toBe('8.00')
      ring.clock.forward(-6 * 3_600_000)
    })

    test('D23 periods begin where the organization is', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '1', period: 'month' })
      const set = (timeZone: string | null) => call(ring.owner, 'PATCH /policies', { body: { timeZone } })
      for (const wrong of ['Mars/Olympus', '', '+05:00', 'UTC; drop']) expect(codeOf(await set(wrong))).toBe('invalid')
      granted(await set('Asia/Tokyo'))
      expect(await show(budget.id)).toMatchObject({ runningPeriod: '2026-01', resetsAt: '2026-01-31T15:00:00.000Z' })
      granted(await set(null))
      expect(await show(budget.id)).toMatchObject({ resetsAt: '2026-02-01T00:00:00.000Z' })
    })
  })

  describe('rights', () => {
    test('B22 a member sees the budgets of what is his own and changes none', async () => {
      const member = await ring.addMember('member')
      const auditor = await ring.addMember('auditor')
      const [own, others] = [await newKey(member), await newKey()]
      const mine = (await create({ target: { type: 'key', id: own.id }, usd: '1' })).budget
      const self = (await create({ target: { type: 'member', id: member.memberId }, usd: '1' })).budget
      const theirs = (await create({ target: { type: 'key', id: others.id }, usd: '1' })).budget
      const listed = async (actor: Actor) =>
        (
          granted(await call(actor, 'GET /budgets', { query: { limit: '200' } })) as {
            items: BudgetView[]
            total: number
          }
        ).items.map(({ id }) => id)
      expect((await listed(member)).toSorted()).toEqual([mine.id, self.id].toSorted())
      expect(await listed(auditor)).toContain(theirs.id)
      for (const path of ['GET /budgets/:id', 'GET /budgets/:id/entries', 'GET /budgets/:id/entries.csv']) {
        expect([path, codeOf(await call(member, path, { params: { id: theirs.id } }))]).toEqual([path, 'not_found'])
        expect([path, codeOf(await call(member, path, { params: { id: mine.id } }))]).toEqual([path, null])
      }
    })

    test('D23 lists go in pages and by target', async () => {
      const key = await newKey()
      for (const period of ['day', 'week', 'month'])
        await create({ target: { type: 'key', id: key.id }, usd: '1', period })
      const page = async (query: object) =>
        granted(await call(ring.owner, 'GET /budgets', { query })) as {
          items: BudgetView[]
          nextCursor: string
          total: number
        }
      const first = await page({ target: key.id, limit: '2' })
      expect([first.items.length, first.total]).toEqual([2, 3])
      const second = await page({ target: key.id, limit: '2', cursor: first.nextCursor })
      expect(second.items).toHaveLength(1)
      expect(second.nextCursor).toBe(null)
      expect((await page({ target: key.id, period: 'week' })).items).toHaveLength(1)
      expect(codeOf(await call(ring.owner, 'GET /budgets', { query: { cursor: first.nextCursor } }))).toBe('bad_cursor')
    })
  })

  test('D27 the audit log calls a budget by what it is about', async () => {
    const key = await newKey()
    const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '1', period: 'day' })
    const names = await database.read(organization, (db) =>
      db.selectFrom('audit_events').select('subject_name').where('subject_id', '=', budget.id).execute(),
    )
    expect(names).toEqual([{ subject_name: 'A key (day)' }])
  })

  describe('the ledger', () => {
    test('D23 M3 the CSV of a period adds up to its balances, to the last nano-USD', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '3', period: 'month' })
      await grant(budget.id, '1')
      await spend(budget.id, '2026-01', '0.333333333', { key: '=cmd', price: '{"input":"3"}' })
      await spend(budget.id, '2026-01', '1.5')
      granted(await act('POST /budgets/:id/top-up', budget.id, { usd: '0.000000001', note: '=HYPERLINK("x")' }))
      granted(await act('POST /budgets/:id/reset', budget.id, {}))
      await spend(budget.id, '2026-01.2', '0.1')
      const sumOf = (rows: readonly Row[], period: string, account: string) =>
        rows
          .filter((row) => row.period === period)
          .reduce(
            (sum, row) =>
              sum + (row.to === account ? nanoOf(row.usd) : 0) - (row.from === account ? nanoOf(row.usd) : 0),
            0,
          )
      const rows = await csvOf(budget.id, { period: '2026-01' })
      expect(usdOf(sumOf(rows, '2026-01', 'spent'))).toBe('1.833333333')
      expect(usdOf(sumOf(rows, '2026-01', 'top-up'))).toBe('-0.000000001')
      expect(usdOf(sumOf(rows, '2026-01.2', 'spent'))).toBe(await show(budget.id).then(({ spentUsd }) => spentUsd))
      expect((await csvOf(budget.id, { period: '2026-01.2' })).every(({ period }) => period === '2026-01.2')).toBe(true)
      expect(rows.find(({ kind }) => kind === 'top-up')?.note).toBe(`"'=HYPERLINK(""x"")"`)
      expect(
        codeOf(
          await call(ring.owner, 'GET /budgets/:id/entries.csv', { params: { id: budget.id }, query: { period: '%' } }),
        ),
      ).toBe('invalid')
    })

    test('D23 entries go in pages, in the order in which they were booked', async () => {
      const key = await newKey()
      const { budget } = await create({ target: { type: 'key', id: key.id }, usd: '3' })
      for (let each = 1; each <= 5; each += 1) await spend(budget.id, 'total', `0.00000000${each}`)
      const all: BudgetEntry[] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const query = { limit: '3', ...(cursor ? { cursor } : {}) }
        const page = granted(
          await call(ring.owner, 'GET /budgets/:id/entries', { params: { id: budget.id }, query }),
        ) as { items: BudgetEntry[]; nextCursor: string | null }
        all.push(...page.items)
        cursor = page.nextCursor
      }
      expect(all[0]).toMatchObject({ kind: 'opening', from: 'owner', to: 'budget', usd: '3.00', gateway: null })
      const settled = all.filter(({ kind }) => kind === 'settled').map(({ usd }) => usd)
      expect(settled).toEqual([1, 2, 3, 4, 5].map((each) => `0.00000000${each}`))
      expect(all.find(({ kind }) => kind === 'settled')).toMatchObject({ from: 'held', to: 'spent', gateway: 'gw_one' })
    })
  })

  describe('of keys and people', () => {
    const set = (keyId: string, budgets: { usd: string; period?: 'day' | 'month' }[]) =>
      database.transaction(organization, (db) =>
        setKeyBudgets(db, organization, {
          keyId,
          budgets,
          at: ring.clock.now(),
          by: 'mem_1',
          newId: ring.keyDeps.newId,
        }),
      )
    const ofKey = async (id: string) =>
      (granted(await call(ring.owner, 'GET /budgets', { query: { target: id } })) as { items: BudgetView[] }).items

    test('D23 a key’s budgets are replaced by period, and keep what was spent', async () => {
      const key = await newKey()
      granted(await set(key.id, [{ usd: '1' }, { usd: '5', period: 'day' }]))
      const [total] = (await ofKey(key.id)).filter(({ period }) => period === 'total')
      await spend(total?.id ?? '', 'total', '0.5')
      expect(granted(await set(key.id, [{ usd: '1' }, { usd: '5', period: 'day' }]))).toEqual([])
      granted(await set(key.id, [{ usd: '3' }]))
      expect(await ofKey(key.id)).toMatchObject([{ id: total?.id, usd: '3.00', spentUsd: '0.50' }])
      expect(codeOf(await set(key.id, [{ usd: '3' }, { usd: '4' }]))).toBe('invalid')
      await database.transaction(organization, (db) => dropKeyBudgets(db, organization, [key.id], ring.clock.now()))
      expect(await ofKey(key.id)).toEqual([])
    })

    test('D23 budgets of people, teams, apps and projects go with them', async () => {
      const member = await ring.addMember('member')
      const team = (
        granted(await call(ring.owner, 'POST /teams', { body: { slug: 'leaving' } })) as { team: { id: string } }
      ).team
      const budgets = [
        await create({ target: { type: 'member', id: member.memberId }, usd: '1' }),
        await create({ target: { type: 'team', id: 'leaving' }, usd: '1' }),
      ]
      granted(await call(ring.owner, 'DELETE /members/:id', { params: { id: member.memberId } }))
      granted(await call(ring.owner, 'DELETE /teams/:id', { params: { id: team.id } }))
      for (const { budget } of budgets)
        expect(codeOf(await call(ring.owner, 'GET /budgets/:id', { params: { id: budget.id } }))).toBe('not_found')
      const project = await ring.rows.project('gone')
      const { budget } = await create({ target: { type: 'project', id: project }, usd: '1' })
      await database.transaction(organization, (db) => dropCaps('project')(db, organization, budget.target.id, 1))
      expect(await ofKey(budget.target.id)).toEqual([])
    })
  })

  type Row = { period: string; kind: string; from: string; to: string; usd: string; note: string }
  async function csvOf(id: string, query: object): Promise<Row[]> {
    const download = granted(
      await call(ring.owner, 'GET /budgets/:id/entries.csv', { params: { id }, query }),
    ) as Download
    let text = ''
    for await (const chunk of download.chunks) text += chunk
    const [head, ...lines] = text.trim().split('\r\n')
    expect(head).toBe('at,period,kind,from,to,usd,gateway,boot,request,key,price,note')
    return lines.map((line) => {
      const [, period = '', kind = '', from = '', to = '', usd = ''] = line.split(',')
      return { period, kind, from, to, usd, note: line.split(',').slice(11).join(',') }
    })
  }
})
