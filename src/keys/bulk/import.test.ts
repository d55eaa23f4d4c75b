import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore, silent } from '../../../test/stores.ts'
import type { Download } from '../../http/route.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'
import { parseToken } from '../token.ts'
import { bulkRoutes } from './routes.ts'

type Outcome = {
  index: number
  ok: boolean
  id?: string
  name?: string
  secret?: string
  claim?: { url: string; expiresAt: string }
  delivered?: true
  code?: string
  detail?: string
  errors?: { pointer: string; detail: string }[]
}
type Message = { type: string; data: { key: { id: string; name: string }; secret: unknown } }

onEachStore('imports of keys', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let webhook = ''
  const messages: Message[] = []
  /** How many more arrive. */
  let arriving = Number.POSITIVE_INFINITY
  const importing = (body: object, actor: Actor = ring.owner) => call(actor, 'POST /keys/import', { body })
  const results = async (keys: unknown[], more: object = {}, actor?: Actor) =>
    (granted(await importing({ keys, ...more }, actor)) as { results: Outcome[] }).results
  const listed = async (query: object = {}) =>
    (
      granted(await call(ring.owner, 'GET /keys', { query: { sort: 'name', limit: '200', ...query } })) as {
        items: KeyView[]
      }
    ).items
  const events = (action: string) =>
    ring.keyDeps.database.read(ring.owner.organizationId, (db) =>
      db
        .selectFrom('audit_events')
        .select(['subject_id', 'after'])
        .where('organization_id', '=', ring.owner.organizationId)
        .where('action', '=', action)
        .orderBy('row_id')
        .execute(),
    )

  beforeAll(async () => {
    ring = await createKeyring(await open())
    const deliverNow = async (_organization: string, to: string, message: unknown) => {
      if (to !== webhook) return refuse('not_found')
      if (arriving === 0) return refuse('upstream_unreachable', { detail: 'connect ECONNREFUSED' })
      arriving -= 1
      messages.push(message as Message)
      return ok({ status: 200 })
    }
    call = callRoute([...keyRoutes(ring.keyDeps), ...bulkRoutes({ ...ring.keyDeps, deliverNow, log: silent })])
    webhook = ring.keyDeps.newId('whk')
    await ring.keyDeps.database.transaction(ring.owner.organizationId, (db) =>
      db
        .insertInto('webhooks')
        .values({
          organization_id: ring.owner.organizationId,
          id: webhook,
          name: 'vault',
          url: 'https://vault.example.test',
          events: '[]',
          secret_blob: '',
          state: 'active',
          created_at: 1,
          created_by: 'mem_1',
          failing_since: null,
          revision: 1,
        })
        .execute(),
    )
  })

  test('each gets a new id and a new secret, shown once, with its event; what is wrong with one stops no other', async () => {
    const found = await results([
      { name: 'first', description: 'of two', tags: ['imported'] },
      { name: ' ' },
      { name: 'second', projects: ['nowhere'] },
      { name: 'third', tags: ['imported'], expiresIn: '30d' },
    ])
    expect(found.map(({ index, ok: isOk, name, code }) => [index, isOk, name, code])).toEqual([
      [0, true, 'first', undefined],
      [1, false, undefined, 'invalid'],
      [2, false, undefined, 'invalid'],
      [3, true, 'third', undefined],
    ])
    expect(found[1]?.errors?.[0]?.pointer).toBe('/keys/1/name')
    expect(found[2]?.errors).toEqual([{ pointer: '/keys/2/projects/0', detail: 'there is no such project' }])
    const made = [found[0], found[3]]
    for (const each of made) expect(`key_${parseToken(each?.secret ?? '')?.id16}`).toBe(each?.id)
    expect((await listed({ tag: 'imported' })).map(({ name }) => name)).toEqual(['first', 'third'])
    const told = (await events('key.created')).map(({ subject_id }) => subject_id)
    expect(made.every((each) => told.includes(each?.id ?? ''))).toBe(true)
    expect(ring.proofs.filter(({ token }) => made.some((each) => each?.secret === token))).toHaveLength(2)
  })

  test('a secret, token or hash is refused by name, and the detail says why; no value is repeated', async () => {
    const found = await results([
      { name: 'a', secret: 'sk-live-verysecret' },
      { name: 'b', token: 'sk-live-verysecret' },
      { name: 'c', key: 'sk-live-verysecret', key_hash: 'abc' },
      { name: 'd', id: 'key_AAAAAAAAAAAAAAAA' },
      { name: 'e', metadata: { note: 'x', password: 'sk-live-verysecret' } },
      'sk-live-verysecret',
      null,
      [],
    ])
    expect(found.every(({ ok: isOk, code }) => !isOk && code === 'invalid')).toBe(true)
    for (const at of [0, 1, 2])
      expect(found[at]?.errors?.[0]?.detail).toContain('the key of another system is never taken over')
    expect(found[2]?.errors?.map(({ pointer }) => pointer)).toEqual(['/keys/2/key', '/keys/2/key_hash'])
    expect(found[3]?.errors).toEqual([{ pointer: '/keys/3/id', detail: 'There is no such field.' }])
    expect(JSON.stringify(found)).not.toContain('verysecret')
    expect(await listed({ search: 'verysecret' })).toEqual([])
  })

  test('what was exported can be imported again, and says the same', async () => {
    const project = await ring.rows.project('moved')
    await ring.rows.server('tools', project)
    await ring.rows.provider('models', project)
    const body = {
      name: 'to be moved',
      description: 'with everything',
      projects: ['moved'],
      mcp: { servers: { mode: 'only', items: ['tools'] }, tools: { tools: { mode: 'only', items: ['read'] } } },
      llm: { providers: { mode: 'except', items: ['models'] }, models: { mode: 'only', items: ['m-1'] } },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      maxStalenessSeconds: 30,
      expiresIn: '90d',
      metadata: { team: 'ops' },
      tags: ['moving'],
      rotation: { everyDays: 30 },
    }
    granted(await call(ring.owner, 'POST /keys', { body }))
    granted(
      await call(ring.owner, 'POST /keys', {
        body: { name: 'by url', kind: 'url', pinNetwork: true, tags: ['moving'] },
      }),
    )
    const { key: ended } = granted(
      await call(ring.owner, 'POST /keys', { body: { name: 'ended', tags: ['moving'] } }),
    ) as { key: KeyView }
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: ended.id } }))
    const before = await listed({ tag: 'moving' })
    const { chunks } = granted(await call(ring.owner, 'GET /keys/export', { query: { tag: 'moving' } })) as Download
    let text = ''
    for await (const chunk of chunks) text += chunk
    const found = await results(JSON.parse(text).keys)
    expect(found.map(({ ok: isOk }) => isOk)).toEqual([true, true, true])
    const made = new Set(found.map(({ id }) => id))
    const after = (await listed({ tag: 'moving' })).filter(({ id }) => made.has(id))
    const definition = ({
      name,
      description,
      kind,
      mcp,
      llm,
      addresses,
      gateways,
      projects,
      expiresAt,
      metadata,
      tags,
      rotation,
      pinNetwork,
      maxStalenessSeconds,
      owner,
    }: KeyView) => ({
      name,
      description,
      kind,
      mcp,
      llm,
      addresses,
      gateways,
      projects,
      expiresAt,
      metadata,
      tags,
      rotation,
      pinNetwork,
      maxStalenessSeconds,
      owner,
    })
    expect(after.map(definition)).toEqual(before.map(definition))
    // What was ended does not begin again by itself.
    expect(after.map(({ name, status }) => [name, status])).toEqual([
      ['by url', 'active'],
      ['ended', 'inactive'],
      ['to be moved', 'active'],
    ])
  })

  test('a dry run says what would become of each, and makes nothing', async () => {
    const before = [(await listed()).length, (await events('key.created')).length, ring.proofs.length]
    const found = await results([{ name: 'would be' }, { name: 'would not', mcp: {} }], { dryRun: true })
    expect(found).toEqual([
      { index: 0, ok: true, name: 'would be' },
      expect.objectContaining({ index: 1, ok: false, code: 'invalid' }),
    ])
    expect([(await listed()).length, (await events('key.created')).length, ring.proofs.length]).toEqual(before)
  })

  test('a key for another member comes as a link for him, and without a secret', async () => {
    const ada = await ring.addMember('member')
    const [made] = await results([{ name: 'for ada', owner: { type: 'member', id: ada.memberId } }])
    expect(made).toMatchObject({ ok: true, claim: { url: expect.stringContaining('/claim#') } })
    expect(made).not.toHaveProperty('secret')
  })

  test('to a webhook each secret is delivered and not answered', async () => {
    messages.length = 0
    const found = await results([{ name: 'one away' }, { name: '' }, { name: 'two away' }], { deliverTo: webhook })
    expect(found.map(({ name, delivered, secret, code }) => [name, delivered, secret, code])).toEqual([
      ['one away', true, undefined, undefined],
      [undefined, undefined, undefined, 'invalid'],
      ['two away', true, undefined, undefined],
    ])
    expect(messages.map(({ type, data }) => [type, data.key])).toEqual([
      ['key.created', expect.objectContaining({ id: found[0]?.id, name: 'one away' })],
      ['key.created', expect.objectContaining({ id: found[2]?.id, name: 'two away' })],
    ])
    const [secret] = messages.map(({ data }) => data.secret)
    expect(secret).toBeInstanceOf(Secret)
    expect(JSON.stringify(messages)).not.toMatch(/ostk_[0-9A-Za-z]{16}_/)
    expect(JSON.stringify(found)).not.toMatch(/ostk_[0-9A-Za-z]{16}_/)
  })

  test('what could not be delivered nobody holds, and after it no other is tried', async () => {
    messages.length = 0
    arriving = 1
    const found = await results([{ name: 'arrives' }, { name: 'does not' }, { name: 'is not tried' }], {
      deliverTo: webhook,
    })
    arriving = Number.POSITIVE_INFINITY
    expect(found.map(({ ok: isOk, code, detail }) => [isOk, code, detail])).toEqual([
      [true, undefined, undefined],
      [false, 'upstream_unreachable', 'connect ECONNREFUSED'],
      [false, 'upstream_unreachable', expect.stringContaining('Not tried')],
    ])
    const names = (await listed()).map(({ name }) => name)
    expect(['arrives', 'does not', 'is not tried'].map((name) => names.includes(name))).toEqual([true, false, false])
    expect((await events('key.deleted')).at(-1)?.after).toContain('Its secret did not arrive.')
  })

  test('a piece that fails on our side does not take the secrets of the others along', async () => {
    let pieces = 0
    const failures: string[] = []
    const transaction: typeof ring.keyDeps.transaction = (organization, work) => {
      pieces += 1
      if (pieces === 2) throw new Error('the disk is full')
      return ring.keyDeps.transaction(organization, work)
    }
    const failing = callRoute(
      bulkRoutes({
        ...ring.keyDeps,
        transaction,
        deliverNow: async () => ok({ status: 200 }),
        hash: async () => ok({ phc: 'x', gate: 1, pepperId: 'root1' }),
        log: { error: (_, message) => void failures.push(message) },
      }),
    )
    const keys = Array.from({ length: 120 }, (_, n) => ({ name: `piece ${n}` }))
    const answer = granted(await failing(ring.owner, 'POST /keys/import', { body: { keys } })) as { results: Outcome[] }
    const made = answer.results.filter(({ ok: isOk }) => isOk)
    expect(made).toHaveLength(70)
    expect(made.every(({ secret }) => secret !== undefined)).toBe(true)
    const failed = answer.results.filter(({ code }) => code === 'internal').map(({ index }) => index)
    expect([failed.length, failed[0], failed.at(-1)]).toEqual([50, 50, 99])
    expect(failures).toHaveLength(1)
    expect(JSON.stringify(answer)).not.toContain('disk')
    const stored = await ring.keyDeps.database.read(ring.owner.organizationId, (db) =>
      db
        .selectFrom('keys')
        .select('id')
        .where('organization_id', '=', ring.owner.organizationId)
        .where('name', 'like', 'piece %')
        .execute(),
    )
    expect(stored.map(({ id }) => id).toSorted()).toEqual(made.map(({ id }) => id).toSorted())
  })

  test('rights are those of one key: a member imports his own, nobody for an app that has its key', async () => {
    const ada = await ring.addMember('member')
    const project = await ring.rows.project('apps')
    const app = await ring.rows.app('bot', project, { type: 'member', id: ada.memberId })
    const theirs = { owner: { type: 'member', id: ring.owner.memberId } }
    const found = await results(
      [
        { name: 'mine' },
        { name: 'not mine', ...theirs },
        ...['x', 'y'].map((name) => ({ name, owner: { type: 'app', id: app } })),
      ],
      {},
      ada,
    )
    expect(found.map(({ ok: isOk, code }) => [isOk, code])).toEqual([
      [true, undefined],
      [false, expect.stringMatching(/not_permitted|invalid/)],
      [true, undefined],
      [false, 'app_has_key'],
    ])
    expect((await listed({ app: 'bot' })).map(({ name }) => name)).toEqual(['x'])
  })

  test('policies bind an import as they bind one key', async () => {
    const { organizationId } = ring.owner
    const set = (policies: string) =>
      ring.keyDeps.database.system.transaction((db) =>
        db.updateTable('organizations').set({ policies }).where('id', '=', organizationId).execute(),
      )
    await set(JSON.stringify({ maxExpiresIn: '30d' }))
    const found = await results([
      { name: 'too long', expiresIn: '1y' },
      { name: 'short', expiresIn: '30d' },
    ])
    await set('{}')
    expect(found.map(({ code, errors }) => [code, errors?.[0]?.pointer])).toEqual([
      ['policy_refused', '/keys/0/expiresIn'],
      [undefined, undefined],
    ])
  })

  test('a key for which there was no room is tried once more; what then still finds none says so, and is alone with it', async () => {
    const refusals = new Map<string, number>()
    const hash: typeof ring.keyDeps.hash = async (...asked) => {
      const name = full.shift()
      if (name === undefined) return ring.keyDeps.hash(...asked)
      refusals.set(name, (refusals.get(name) ?? 0) + 1)
      return refuse('busy', { retryAfterSeconds: 1 })
    }
    const deliverNow = async () => refuse('not_found')
    const routes = bulkRoutes({ ...ring.keyDeps, hash, deliverNow, log: silent })
    const make = async (name: string) => {
      const answer = await callRoute(routes)(ring.owner, 'POST /keys/import', { body: { keys: [{ name }] } })
      return (granted(answer) as { results: Outcome[] }).results
    }
    const full = ['once']
    expect(await make('found room later')).toMatchObject([{ ok: true, name: 'found room later' }])
    full.push('twice', 'twice')
    expect(await make('found none')).toMatchObject([{ ok: false, code: 'busy' }])
    expect(Object.fromEntries(refusals)).toEqual({ once: 1, twice: 2 })
    expect((await listed({ search: 'found' })).map(({ name }) => name)).toEqual(['found room later'])
  })

  test('none, too many, a webhook that is not there and unknown words are refused as a whole', async () => {
    for (const body of [
      {},
      { keys: [] },
      { keys: Array.from({ length: 201 }, () => ({ name: 'x' })) },
      { keys: [{ name: 'x' }], deliverTo: 'whk_AAAAAAAAAAAAAAAA' },
      { keys: [{ name: 'x' }], secrets: true },
      { keys: { name: 'x' } },
    ])
      expect(codeOf(await importing(body)), JSON.stringify(body).slice(0, 60)).toBe('invalid')
    const [ephemeral] = await results([{ name: 'short', ephemeral: {} }])
    expect(ephemeral).toMatchObject({ ok: false, errors: [{ pointer: '/keys/0/ephemeral' }] })
  })
})
