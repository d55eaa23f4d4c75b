import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { etagOf } from '../../http/etag.ts'
import type { Result } from '../../problems.ts'
import { defaultKeyPolicies, type Policies } from '../policies/schema.ts'
import { peopleRoutes } from '../routes.ts'
import type { Actor, OrganizationView } from '../schema.ts'

type Founded = { organization: OrganizationView; setupUrl: string }
type Page = { items: OrganizationView[]; nextCursor: string | null; total: number }

onEachStore('organizations', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let operator: Actor
  const found = (slug: string, more: object = {}, actor = operator): Promise<Result<unknown>> =>
    call(actor, 'POST /organizations', {
      body: { slug, name: slug, owner: { email: `${slug}@example.com`, name: 'Olga' }, ...more },
    })
  const founded = async (slug: string) => granted(await found(slug)) as Founded
  const patch = (actor: Actor, id: string, body: object, ifMatch: string | null = null) =>
    call(actor, 'PATCH /organizations/:id', { params: { id }, body, ifMatch })
  const ownerOf = async ({ setupUrl }: Founded): Promise<Actor> => {
    const code = new URL(setupUrl).hash.slice(1)
    const redeemed = granted(await call(ring.owner, 'POST /setup', { body: { code } })) as { secret: string }
    return granted(await ring.prove(`Bearer ${redeemed.secret}`))
  }
  const all = async (table: 'changes' | 'audit_events', organizationId: string) =>
    database.system.read((db) =>
      db.selectFrom(table).selectAll().where('organization_id', '=', organizationId).orderBy('row_id').execute(),
    )

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
    operator = { ...ring.owner, operator: true }
  })

  test('the operator founds an organization, and its owner signs in with the link, once', async () => {
    const acme = await founded('acme')
    expect(acme.organization).toMatchObject({ slug: 'acme', default: false, maxStalenessSeconds: 60, revision: 1 })
    expect(acme.setupUrl).toMatch(/\/setup#[0-9A-Za-z]{43}$/)
    const owner = await ownerOf(acme)
    expect(owner).toMatchObject({ organizationId: acme.organization.id, role: 'owner', operator: false, name: 'Olga' })
    const code = new URL(acme.setupUrl).hash.slice(1)
    expect(codeOf(await call(ring.owner, 'POST /setup', { body: { code } }))).toBe('not_found')
  })

  test('a new organization has a default project and the catalog of everyone, and gateways hear of all of it', async () => {
    const { organization } = await founded('begun')
    const { projects, catalogs, members } = await database.read(organization.id, async (db) => ({
      projects: await db.selectFrom('projects').selectAll().where('organization_id', '=', organization.id).execute(),
      catalogs: await db.selectFrom('catalogs').selectAll().where('organization_id', '=', organization.id).execute(),
      members: await db.selectFrom('members').selectAll().where('organization_id', '=', organization.id).execute(),
    }))
    expect(projects).toMatchObject([{ slug: 'default', tier: 'development', is_default: 1 }])
    expect(catalogs).toMatchObject([{ slug: 'everyone', everyone: 1, joined_by_new: 1 }])
    expect(members).toMatchObject([{ email: 'begun@example.com', role: 'owner', is_operator: 0, state: 'active' }])
    const changes = await all('changes', organization.id)
    expect(changes).toMatchObject([
      { kind: 'organization', subject_id: organization.id },
      { kind: 'member', subject_id: members[0]?.id },
      { kind: 'project', subject_id: projects[0]?.id },
      { kind: 'catalog', subject_id: catalogs[0]?.id },
    ])
    const events = await all('audit_events', organization.id)
    expect(events).toMatchObject([{ action: 'organization.created', actor_id: ring.owner.memberId }])
  })

  test('G7 an organization is founded whole or not at all', async () => {
    const count = async () =>
      database.system.read(async (db) => (await db.selectFrom('organizations').select('id').execute()).length)
    const before = await count()
    const broken = { ...ring.peopleDeps, insertCatalog: async () => Promise.reject(new Error('no catalog')) }
    const body = { slug: 'half', name: 'Half', owner: { email: 'half@example.com', name: 'H' } }
    const failing = callRoute(peopleRoutes(broken))
    await expect(failing(operator, 'POST /organizations', { body })).rejects.toThrow('no catalog')
    expect(await count()).toBe(before)
    granted(await found('half'))
  })

  test('a setup code of a new organization leaves the codes of others alone', async () => {
    const [one, two] = [await founded('code-one'), await founded('code-two')]
    expect((await ownerOf(one)).organizationId).toBe(one.organization.id)
    expect((await ownerOf(two)).organizationId).toBe(two.organization.id)
  })

  test('the link of an owner who was removed before he used it lets nobody in', async () => {
    const away = await founded('away')
    await database.system.transaction((db) =>
      db.updateTable('members').set({ state: 'removed' }).where('organization_id', '=', away.organization.id).execute(),
    )
    const code = new URL(away.setupUrl).hash.slice(1)
    expect(codeOf(await call(ring.owner, 'POST /setup', { body: { code } }))).toBe('not_found')
    const tokens = await database.system.read((db) =>
      db.selectFrom('management_tokens').select('id').where('organization_id', '=', away.organization.id).execute(),
    )
    expect(tokens).toEqual([])
  })

  test('slugs are unique over the installation, also when two are founded at the same time', async () => {
    granted(await found('taken'))
    expect(codeOf(await found('taken'))).toBe('slug_taken')
    const answers = await Promise.all([found('race'), found('race'), found('race')])
    expect(answers.map(codeOf).toSorted()).toEqual([null, 'slug_taken', 'slug_taken'].toSorted())
    const mine = await ownerOf(await founded('mover'))
    expect(await patch(mine, 'mover', { slug: 'taken' })).toMatchObject({
      problem: { code: 'slug_taken', errors: [{ pointer: '/slug' }] },
    })
    const moved = granted(await patch(mine, 'mover', { slug: 'moved' }))
    expect(moved).toMatchObject({ organization: { slug: 'moved', revision: 2 }, effect: {} })
    granted(await found('mover'))
  })

  test('slugs and names that could pass for another are refused with their pointer', async () => {
    const pointer = async (slug: string, more: object = {}) => {
      const answer = await found(slug, more)
      return answer.ok ? null : (answer.problem.errors?.[0]?.pointer ?? answer.problem.code)
    }
    const slugs = ['', 'Acme', 'аcme', 'a\0b', 'a__b', '-a', 'a\u200bb', 'ａcme', 'x'.repeat(32), 'a/b', 'a b']
    for (const slug of slugs) expect(await pointer(slug), JSON.stringify(slug)).toBe('/slug')
    for (const name of ['', ' ', 'a\0', 'a\u202eb', 'a\u200bb', 'a\nb', '\ud800', 'x'.repeat(121)])
      expect(await pointer('fine', { name }), JSON.stringify(name)).toBe('/name')
    const owner = (email: string) => ({ owner: { email, name: 'O' } })
    for (const email of ['', 'nobody', 'a@b', 'a\0@example.com', 'a@exa\u200bmple.com', 'ä@example.com'])
      expect(await pointer('fine', owner(email)), JSON.stringify(email)).toBe('/owner/email')
    const wide = { owner: { email: 'o@example.com', name: 'O', role: 'owner', operator: true } }
    expect(codeOf(await found('fine', wide))).toBe('invalid')
    expect(codeOf(await found('fine', { isDefault: true }))).toBe('invalid')
  })

  test('G10 others than the operator see, change and learn of their own organization only', async () => {
    const [mine, other] = [await founded('mine'), await founded('other')]
    const owner = await ownerOf(mine)
    const shown = (id: string) => call(owner, 'GET /organizations/:id', { params: { id } })
    expect(granted(await shown('mine'))).toEqual({ organization: mine.organization })
    expect(granted(await shown(mine.organization.id))).toEqual({ organization: mine.organization })
    const foreign = [other.organization.id, 'other', 'default', 'nowhere', 'org_0000000000000000', '\0', 'a b', '']
    for (const id of foreign) {
      expect(codeOf(await shown(id)), id).toBe('not_found')
      expect(codeOf(await patch(owner, id, { name: 'Stolen' })), id).toBe('not_found')
    }
    const listed = granted(await call(owner, 'GET /organizations')) as Page
    expect(listed).toMatchObject({ items: [mine.organization], total: 1, nextCursor: null })
    const searched = granted(await call(owner, 'GET /organizations', { query: { search: 'other' } }))
    expect(searched).toMatchObject({ items: [], total: 0 })
    expect(granted(await call(operator, 'GET /organizations/:id', { params: { id: 'other' } }))).toEqual({
      organization: other.organization,
    })
    granted(await patch(operator, other.organization.id, { name: 'Renamed' }))
    const [event] = (await all('audit_events', other.organization.id)).slice(-1)
    expect(event).toMatchObject({ action: 'organization.updated', actor_id: ring.owner.memberId })
  })

  test('the operator pages through all of them once, by slug', async () => {
    for (const slug of ['page-a', 'page-b', 'page-c']) await founded(slug)
    const seen: string[] = []
    let total = 0
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: object = { limit: '2', ...(cursor ? { cursor } : {}) }
      const page = granted(await call(operator, 'GET /organizations', { query })) as Page
      seen.push(...page.items.map(({ slug }) => slug))
      total = page.total
      cursor = page.nextCursor
    }
    expect(seen).toEqual(seen.toSorted())
    expect(new Set(seen).size).toBe(total)
    expect(seen).toContain('default')
    const searched = granted(await call(operator, 'GET /organizations', { query: { search: 'AGE-' } })) as Page
    expect(searched.items.map(({ slug }) => slug)).toEqual(['page-a', 'page-b', 'page-c'])
    const short = granted(await call(operator, 'GET /organizations', { query: { search: 'ag' } })) as Page
    expect(short.items).toEqual([])
    const query = { cursor: 'bm9uc2Vuc2U' }
    expect(codeOf(await call(operator, 'GET /organizations', { query }))).toBe('bad_cursor')
  })

  test('a state that is gone is not overwritten, and of two who did not say which both are done', async () => {
    const { organization } = await founded('etag')
    const etag = etagOf(organization)
    const first = granted(await patch(operator, 'etag', { name: 'One' }, etag)) as Founded
    expect(first.organization.revision).toBe(2)
    expect(codeOf(await patch(operator, 'etag', { name: 'Two' }, etag))).toBe('stale')
    const both = await Promise.all([
      patch(operator, 'etag', { name: 'Three' }),
      patch(operator, 'etag', { maxStalenessSeconds: 5 }),
    ])
    expect(both.map(codeOf)).toEqual([null, null])
    const shown = granted(await call(operator, 'GET /organizations/:id', { params: { id: 'etag' } }))
    expect(shown).toMatchObject({ organization: { name: 'Three', maxStalenessSeconds: 5, revision: 4 } })
    const reset = granted(await patch(operator, 'etag', { maxStalenessSeconds: null }))
    // Gateways that have not heard of it go on with the former value.
    expect(ring.effects.at(-1)).toMatchObject({ formerSeconds: 5 })
    expect(reset).toMatchObject({ organization: { maxStalenessSeconds: 60, name: 'Three' } })
    for (const body of [{ maxStalenessSeconds: 4 }, { maxStalenessSeconds: 86_401 }, { default: true }, { id: 'x' }])
      expect(codeOf(await patch(operator, 'etag', body))).toBe('invalid')
  })

  test('policies stand in the organization: shown, changed, set back, told to gateways', async () => {
    const rules = await founded('rules')
    const owner = await ownerOf(rules)
    const policies = async () => (granted(await call(owner, 'GET /policies')) as { policies: Policies }).policies
    const set = (body: object, ifMatch: string | null = null) =>
      call(owner, 'PATCH /policies', { body, ifMatch, query: { waitMs: '7' } })
    const { id } = rules.organization
    const standard = {
      id,
      mixedEnvironments: 'refused',
      maxStalenessSeconds: 60,
      ...defaultKeyPolicies,
      managedBy: null,
    }
    expect(await policies()).toEqual({ ...standard, revision: 1 })
    const before = (await all('changes', rules.organization.id)).length
    const changed = granted(await set({ mixedEnvironments: 'with-reason' }))
    expect(changed).toMatchObject({ policies: { mixedEnvironments: 'with-reason', revision: 2 }, effect: {} })
    expect(ring.effects.at(-1)).toMatchObject({ waitMs: 7 })
    const news = (await all('changes', rules.organization.id)).slice(before)
    expect(news).toMatchObject([{ kind: 'organization', subject_id: rules.organization.id }])
    expect((await all('audit_events', rules.organization.id)).at(-1)).toMatchObject({ action: 'policies.updated' })
    expect(codeOf(await set({}, etagOf({ id: rules.organization.id, revision: 1 })))).toBe('stale')
    granted(await set({ mixedEnvironments: null }))
    expect(await policies()).toMatchObject({ mixedEnvironments: 'refused', revision: 3 })
    for (const body of [{ mixedEnvironments: 'allowed' }, { mixedEnvironments: true }, { nonsense: 1 }])
      expect(codeOf(await set(body))).toBe('invalid')
  })

  test('C25 policies of keys are said one by one, kept when others change, and go back to their default', async () => {
    const keys = await founded('keys')
    const owner = await ownerOf(keys)
    const policies = async () => (granted(await call(owner, 'GET /policies')) as { policies: Policies }).policies
    const set = async (body: object) => granted(await call(owner, 'PATCH /policies', { body }))
    const said = {
      urlKeys: 'off',
      defaultExpiresIn: '90d',
      maxExpiresIn: '1y',
      maxAgeDays: 90,
      nameTemplate: 'ci-*',
      leakAction: 'revoke',
      maxChildSeconds: 900,
      maxRotationsPerHourPercent: 1,
      blackouts: [{ days: ['sat', 'sun'], from: '22:00', to: '04:00', zone: 'Europe/Berlin' }],
    }
    for (const [name, value] of Object.entries(said)) await set({ [name]: value })
    expect(await policies()).toMatchObject({ ...said, mixedEnvironments: 'refused', maxStalenessSeconds: 60 })
    await set({ nameTemplate: null, blackouts: null, urlKeys: null })
    expect(await policies()).toMatchObject({ ...said, nameTemplate: null, blackouts: [], urlKeys: 'on' })
    for (const name of Object.keys(said)) await set({ [name]: null })
    // Of some null is a word of its own: there is none.
    expect(await policies()).toMatchObject({ ...defaultKeyPolicies, maxAgeDays: null })
    for (const body of [
      { urlKeys: 'maybe' },
      { maxExpiresIn: '2y' },
      { defaultExpiresIn: 90 },
      { maxAgeDays: 0 },
      { nameTemplate: '' },
      { maxChildSeconds: 86_401 },
      { maxRotationsPerHourPercent: 0 },
      { blackouts: [{ from: '25:00', to: '01:00', zone: 'UTC' }] },
      { blackouts: [{ from: '22:00', to: '01:00', zone: 'Europe/Nowhere' }] },
    ])
      expect([body, codeOf(await call(owner, 'PATCH /policies', { body }))]).toEqual([body, 'invalid'])
  })
})
