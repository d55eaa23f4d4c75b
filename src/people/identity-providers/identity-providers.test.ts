import { beforeAll, expect, test } from 'vitest'
import { actorOf, callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { etagOf } from '../../http/etag.ts'
import type { Result } from '../../problems.ts'
import { peopleRoutes } from '../routes.ts'
import type { Actor } from '../schema.ts'
import { admit } from './admit.ts'
import type { IdentityProviderView, SignInOptions } from './schema.ts'
import { findProvider } from './store.ts'

const clientSecret = 'canary-of-a-client-secret'
type One = { identityProvider: IdentityProviderView }

onEachStore('identity providers', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let count = 0
  const body = (more: object = {}) => {
    count += 1
    return {
      slug: `idp-${count}`,
      issuer: 'https://login.example.com',
      clientId: 'c',
      domains: ['example.com'],
      ...more,
    }
  }
  const add = (more: object = {}, actor: Actor = ring.owner) =>
    call(actor, 'POST /identity-providers', { body: body(more) })
  const added = async (more: object = {}) => (granted(await add(more)) as One).identityProvider
  const patch = (id: string, change: object, actor: Actor = ring.owner, ifMatch: string | null = null) =>
    call(actor, 'PATCH /identity-providers/:id', { params: { id }, body: change, ifMatch })
  const remove = (id: string, actor: Actor = ring.owner, ifMatch: string | null = null) =>
    call(actor, 'DELETE /identity-providers/:id', { params: { id }, ifMatch })
  const show = (id: string, actor: Actor = ring.owner) => call(actor, 'GET /identity-providers/:id', { params: { id } })
  const options = async (organization?: string) =>
    granted(await call(ring.owner, 'GET /sign-in/options', { query: { organization } })) as SignInOptions
  const pointerOf = (answer: Result<unknown>) => (answer.ok ? null : answer.problem.errors?.[0]?.pointer)
  const rows = (table: 'identity_providers' | 'audit_events') =>
    database.system.read((db) => db.selectFrom(table).selectAll().execute())
  const policies = (change: object) => call(ring.owner, 'PATCH /policies', { body: change })
  /** As if the provider had said it. */
  const come = async (id: string, subject: string, email: string) =>
    database.system.transaction(async (db) => {
      const provider = await findProvider(db, ring.first.organizationId, id)
      if (!provider) throw new Error(`There is no ${id}.`)
      const said = { subject, email, name: null, groups: null }
      return admit(db, ring.peopleDeps, { provider, said, address: '192.0.2.1', requestId: 'req_1' })
    })

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
  })

  test('G7 what is made, changed and deleted is written down, and of its secret nobody reads anything', async () => {
    const made = await added({ clientSecret, name: 'Company', domains: ['Example.COM', 'example.com'] })
    expect(made).toMatchObject({
      ...{
        name: 'Company',
        hasClientSecret: true,
        domains: ['example.com'],
        provisioning: 'off',
        defaultRole: 'member',
      },
      ...{
        scopes: ['openid', 'email', 'profile'],
        groups: [],
        groupsClaim: null,
        secondFactor: false,
        state: 'active',
      },
      ...{ redirectUri: `https://control.example/sign-in/callback/${made.id}` },
      ...{ signInUrl: `https://control.example/sign-in/oidc/default/${made.slug}`, operators: false, revision: 1 },
    })
    const changed = granted(await patch(made.slug, { name: null, clientSecret: null, secondFactor: true })) as One
    expect(changed.identityProvider).toMatchObject({ name: made.slug, hasClientSecret: false, secondFactor: true })
    await patch(made.id, { clientSecret })
    const page = granted(await call(ring.owner, 'GET /identity-providers', {}))
    expect(JSON.stringify([page, await show(made.id)])).not.toContain(clientSecret)
    granted(await remove(made.id))
    expect(JSON.stringify([await rows('identity_providers'), await rows('audit_events')])).not.toContain(clientSecret)
    const actions = (await rows('audit_events')).filter((row) => 'subject_id' in row && row.subject_id === made.id)
    expect(actions.map((row) => 'action' in row && row.action)).toEqual([
      'identity-provider.created',
      'identity-provider.updated',
      'identity-provider.updated',
      'identity-provider.deleted',
    ])
    expect(codeOf(await show(made.id))).toBe('not_found')
    expect(codeOf(await show(made.slug))).toBe('not_found')
  })

  test('what makes no sense is refused, and says where', async () => {
    for (const [wrong, pointer] of [
      [{ domains: [] }, '/domains'],
      [{ domains: ['localhost'] }, '/domains/0'],
      [{ domains: ['@example.com'] }, '/domains/0'],
      [{ scopes: ['email'] }, '/scopes'],
      [{ scopes: ['openid', 'a b'] }, '/scopes/1'],
      [{ defaultRole: 'owner' }, '/defaultRole'],
      [{ groups: [{ group: 'g' }] }, '/groups/0'],
      [{ groups: [{ group: 'g', role: 'owner' }] }, '/groups/0/role'],
      [{ clientSecret: 'a\nb' }, '/clientSecret'],
      [{ issuer: 'http://login.example.com' }, '/issuer'],
      [{ issuer: 'https://192.168.1.1' }, '/issuer'],
      [{ slug: 'a--b__c' }, '/slug'],
    ] as const)
      expect([codeOf(await add(wrong)), pointerOf(await add(wrong))], pointer).toEqual(['invalid', pointer])
    const { id, slug } = await added()
    expect(codeOf(await add({ slug }))).toBe('slug_taken')
    for (const fixed of [{ issuer: 'https://else.example' }, { clientId: 'else' }, { operators: true }])
      expect(codeOf(await patch(id, fixed))).toBe('invalid')
  })

  test('a change in between is told to who named the state he meant, and of two with one slug one is made', async () => {
    const made = await added()
    granted(await patch(made.id, { name: 'Else' }))
    expect(codeOf(await patch(made.id, { name: 'Mine' }, ring.owner, etagOf(made)))).toBe('stale')
    expect(codeOf(await remove(made.id, ring.owner, etagOf(made)))).toBe('stale')
    const both = await Promise.all([add({ slug: 'twin' }), add({ slug: 'twin' })])
    expect(both.map(codeOf).toSorted()).toEqual([null, 'slug_taken'].toSorted())
    granted(await remove('twin'))
    granted(await add({ slug: 'twin' }))
  })

  test('G10 those of another organization are not there', async () => {
    const organization = { slug: 'other', name: 'Other', owner: { email: 'o@other.example', name: 'O' } }
    const operator = { ...ring.owner, operator: true }
    const made = granted(await call(operator, 'POST /organizations', { body: organization })) as {
      organization: { id: string }
    }
    const foreign = actorOf(made.organization.id, 'mem_AAAABBBBCCCCDDDD', 'owner')
    const { id } = await added()
    for (const answer of [await show(id, foreign), await patch(id, { name: 'x' }, foreign), await remove(id, foreign)])
      expect(codeOf(answer)).toBe('not_found')
    const look = await call(foreign, 'POST /identity-providers/:id/test', { params: { id } })
    expect(codeOf(look)).toBe('not_found')
    expect((granted(await call(foreign, 'GET /identity-providers', {})) as { items: unknown[] }).items).toEqual([])
  })

  test('what people may do to sign in is said to everybody, and who is not there looks like who offers nothing', async () => {
    const nothing = { organization: null, passwords: 'on', identityProviders: [] }
    expect(await options('nobody')).toEqual(nothing)
    expect(await options('other')).toEqual(nothing)
    expect(await options("'or'")).toEqual(nothing)
    const { slug, name, signInUrl, id } = await added({ name: 'Shown' })
    expect((await options()).organization).toEqual({ slug: 'default', name: 'Default organization' })
    expect((await options()).identityProviders).toContainEqual({ slug, name, url: signInUrl })
    granted(await patch(id, { state: 'disabled' }))
    expect((await options()).identityProviders).not.toContainEqual({ slug, name, url: signInUrl })
  })

  test('passwords go only when an owner has come in without one, and then the last provider stays', async () => {
    for (const { id } of (granted(await call(ring.owner, 'GET /identity-providers', {})) as { items: { id: string }[] })
      .items)
      granted(await remove(id))
    const [first, second] = [await added(), await added()]
    expect(codeOf(await policies({ passwordSignIn: 'off' }))).toBe('invalid')
    granted(await call(ring.owner, 'POST /members', { body: { email: 'boss@example.com', role: 'owner' } }))
    expect(await come(first.id, 'boss', 'boss@example.com')).toMatchObject({ ok: true, member: { role: 'owner' } })
    granted(await policies({ passwordSignIn: 'off' }))
    granted(await patch(second.id, { state: 'disabled' }))
    expect(codeOf(await patch(first.id, { state: 'disabled' }))).toBe('in_use')
    expect(codeOf(await remove(first.id))).toBe('in_use')
    expect((await options()).passwords).toBe('off')
    granted(await policies({ passwordSignIn: 'on' }))
    granted(await remove(first.id))
    expect(codeOf(await policies({ passwordSignIn: 'off' }))).toBe('invalid')
  })

  test('whoever was deactivated does not come in, by subject or by address, and is no new member', async () => {
    const idp = await added({ provisioning: 'by-domain' })
    const someone = async (email: string) =>
      (granted(await call(ring.owner, 'POST /members', { body: { email } })) as { member: { id: string } }).member.id
    const [known, unknown] = [await someone('known@example.com'), await someone('unknown@example.com')]
    expect((await come(idp.id, 'known', 'known@example.com')).ok).toBe(true)
    for (const id of [known, unknown])
      granted(await call(ring.owner, 'POST /members/:id/deactivate', { params: { id }, body: {} }))
    expect(await come(idp.id, 'known', 'else@example.com')).toMatchObject({ error: 'member_deactivated' })
    expect(await come(idp.id, 'unknown', 'unknown@example.com')).toMatchObject({ error: 'member_deactivated' })
  })

  test('an unfinished sign-in of somebody refused leaves nothing behind', async () => {
    const idp = await added()
    const before = (await rows('audit_events')).length
    expect(await come(idp.id, 'nobody', 'nobody@example.com')).toMatchObject({ error: 'sso_not_member' })
    expect((await rows('audit_events')).length).toBe(before)
  })
})
