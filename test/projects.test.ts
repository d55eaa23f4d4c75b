import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { all, closed, digestOf, none, only, open, type Peopled, startPeopled } from './peopled.ts'
import type { Json } from './product.ts'
import { stores } from './store-kinds.ts'

/** The projects of a key: which servers it opens, as the gateway says at the next call. */

const everyServer = { mcp: { servers: all } }

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let home: Json
  beforeAll(async () => {
    of = await startPeopled(store)
    for (const slug of ['one', 'two', 'three']) await of.make('/projects', { slug })
    const shared = { catalogs: ['everyone'] }
    await of.server('at-home', shared)
    await of.server('first', { ...shared, project: 'one' })
    await of.server('also-first', { ...shared, project: 'one' })
    await of.server('second', { ...shared, project: 'two' })
    await of.server('third', { ...shared, project: 'three' })
    home = (await of.see('/projects')).items.find((project: Json) => project.default)
  })
  afterAll(() => of?.stop())

  const idsOf = (...slugs: string[]) =>
    Promise.all(slugs.map(async (at) => (await of.see(`/projects/${at}`)).project.id))
  const reached = async (secret: string): Promise<string[]> => {
    const slugs = ['at-home', 'first', 'also-first', 'second', 'third']
    const verdicts = await Promise.all(slugs.map((slug) => of.verdict(slug, secret)))
    for (const verdict of verdicts) expect([open, closed]).toContainEqual(verdict)
    return slugs.filter((_, at) => verdicts[at]?.[0] === 200)
  }

  test('A02 A22 a key of one project opens every server of it and no other', async () => {
    const { secret } = await of.key({ projects: ['one'], ...everyServer })
    expect(await reached(secret)).toEqual(['first', 'also-first'])
  })

  test('A02 a server that the key names stays closed where its project is not among those of the key', async () => {
    const { secret } = await of.key({ projects: ['one'], mcp: { servers: only('first', 'second') } })
    expect(await reached(secret)).toEqual(['first'])
  })

  test('A06 A20 three projects are all open; of the one that is taken out servers and streams stop at once, and only these', async () => {
    const key = await of.key({ projects: ['one', 'two', 'three'], ...everyServer })
    expect(key.key.projects).toEqual(await idsOf('one', 'two', 'three'))
    expect(await reached(key.secret)).toEqual(['first', 'also-first', 'second', 'third'])
    const [going, staying] = [await of.stream('second', key.secret), await of.stream('third', key.secret)]

    const { key: after } = await of.change('PATCH', `/keys/${key.id}`, { projects: ['one', 'three'] })
    expect(await of.verdict('second', key.secret)).toEqual(closed)
    await going.ended
    expect(await reached(key.secret)).toEqual(['first', 'also-first', 'third'])
    expect([after.projects, staying.isOpen()]).toEqual([await idsOf('one', 'three'), true])
    staying.close()
  })

  test('A22 without a word about projects a key has the default project, which is shown and can be taken out', async () => {
    const { id, secret, key } = await of.key(everyServer)
    expect(key.projects).toEqual([home.id])
    const shown = await of.see(`/keys/${id}`)
    expect([shown.key.projects, shown.refs[home.id]]).toEqual([[home.id], { slug: home.slug, name: home.name }])
    expect(await reached(secret)).toEqual(['at-home'])

    expect((await of.change('PATCH', `/keys/${id}`, { projects: [] })).key.projects).toEqual([])
    expect(await reached(secret)).toEqual([])
    expect((await of.change('PATCH', `/keys/${id}`, { projects: null })).key.projects).toEqual([home.id])
    expect(await reached(secret)).toEqual(['at-home'])
  })

  test('A22 no projects, said in so many words, is no access at all', async () => {
    const { secret, key } = await of.key({ projects: [], ...everyServer })
    expect(key.projects).toEqual([])
    expect(await reached(secret)).toEqual([])
  })

  test('A26 new name and projects work from the next call on, with the secret as it is', async () => {
    const { id, secret } = await of.key({ projects: ['one'], ...everyServer })
    expect(await reached(secret)).toEqual(['first', 'also-first'])
    const changed = await of.change('PATCH', `/keys/${id}`, { name: 'renamed', projects: ['two'] })
    expect(changed.key).toMatchObject({ id, name: 'renamed', projects: await idsOf('two'), revision: 2 })
    expect(changed.key.secrets).toHaveLength(1)
    expect(await reached(secret)).toEqual(['second'])
    await of.change('PATCH', `/keys/${id}`, { name: 'again' })
    expect(await reached(secret)).toEqual(['second'])
  })

  test('A21 a change that is refused changes nothing', async () => {
    const { id, secret } = await of.key({ projects: ['one'], ...everyServer })
    for (const projects of [['two', 'nowhere'], 'two', ['two', null]]) {
      const refused = await of.product.rest('PATCH', `/keys/${id}`, { name: 'no', projects })
      expect([refused.status, refused.body.code]).toEqual([422, 'invalid'])
    }
    const stale = await of.product.rest('PATCH', `/keys/${id}`, { projects: ['two'] }, { 'if-match': `"${id}-9"` })
    expect([stale.status, stale.body.code]).toEqual([412, 'stale'])
    expect((await of.see(`/keys/${id}`)).key).toMatchObject({ name: 'a key', revision: 1 })
    expect(await reached(secret)).toEqual(['first', 'also-first'])
  })

  test('E26 projects of two tiers do not come together, neither by the key nor by a project that moves', async () => {
    await of.make('/projects', { slug: 'live', tier: 'production' })
    const mixed = await of.product.rest('POST', '/keys', { name: 'mixed', projects: ['one', 'live'], ...everyServer })
    expect([mixed.status, mixed.body.code]).toEqual([422, 'environment_mixed'])
    const { secret } = await of.key({ projects: ['two', 'three'], ...everyServer })
    const moved = await of.product.rest('PATCH', '/projects/three', { tier: 'staging', confirm: true })
    expect([moved.status, moved.body.code]).toEqual([422, 'environment_mixed'])
    expect(await reached(secret)).toEqual(['second', 'third'])
  })

  test('a server answers on with its credential after its project has moved to another tier, also from a new gateway', async () => {
    await of.make('/projects', { slug: 'moving' })
    const credential = { slot: 'header', name: 'x-upstream', template: 'Token {value}', value: 'for the server only' }
    await of.server('moving', { project: 'moving', catalogs: ['everyone'], credential })
    const { secret } = await of.key({ projects: ['moving'], ...everyServer })
    const told = async () => (await of.call('moving', secret)).body.result.credential
    expect(await told()).toBe(digestOf('Token for the server only'))

    const refused = await of.product.rest('PATCH', '/projects/moving', { tier: 'production' })
    expect([refused.status, refused.body.code]).toEqual([409, 'confirmation_needed'])
    expect(refused.body.errors.length).toBe(2)
    const { project } = await of.change('PATCH', '/projects/moving', { tier: 'production', confirm: true })
    expect(project.tier).toBe('production')
    expect(await told()).toBe(digestOf('Token for the server only'))
    // A gateway that starts now is sent what control reads from its vault now.
    await of.product.kill('gateway')
    await of.product.ready()
    expect(await told()).toBe(digestOf('Token for the server only'))
    const changed = await of.change('PATCH', '/servers/moving', { credential: { ...credential, value: 'another' } })
    expect(changed.server.credential.name).toBe('x-upstream')
    expect(await told()).toBe(digestOf('Token another'))
  })

  test('A02 a key that is for no server has its projects all the same, and opens none of them', async () => {
    const { secret, key } = await of.key({ projects: ['one'], mcp: { servers: none } })
    expect(key.projects).toEqual(await idsOf('one'))
    expect(await reached(secret)).toEqual([])
  })
})
