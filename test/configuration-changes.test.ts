import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDesk, type Desk } from './configuration-rig.ts'
import { onEachStore } from './stores.ts'
import { type Running, startControl } from './tenants/control.ts'

const head = (name: string): string => `apiVersion: ostiary/v1\nname: ${name}\n`
const http = (slug: string, more = ''): string =>
  `  - slug: ${slug}\n    transport: {type: http, url: "https://${slug}.example.com/mcp"}\n${more}`
const key = (variable: string): string => `    credential: {name: X-Key, from: {env: ${variable}}}\n`

onEachStore('changes by configuration', (_open, stores) => {
  let control: Running
  let desk: Desk
  const get = (line: string) => control.done(control.operator, `GET ${line}`)
  const done = (line: string, body?: object) => control.done(control.operator, line, body)
  const status = async (line: string) => (await control.ask(control.operator, line)).status

  beforeAll(async () => {
    control = await startControl(stores)
    desk = createDesk(control)
  })
  beforeEach(() => {
    desk.sent.length = 0
    desk.cutAfter(null)
    for (const name of Object.keys(desk.env)) delete desk.env[name]
  })
  afterAll(async () => {
    desk.remove()
    await control.stop()
  })

  test('what is in the files no more stays and is told, until somebody prunes or lets go of it', async () => {
    expect(await desk.apply(`${head('life')}servers:\n${http('a')}${http('b')}${http('c')}`)).toMatchObject({ code: 0 })
    await done('POST /servers', { slug: 'by-hand', transport: { type: 'http', url: 'https://h.example.com/mcp' } })
    const less = `${head('life')}servers:\n${http('a')}`
    desk.sent.length = 0
    const left = await desk.apply(less)
    expect(left.out).toContain('? server b  (left: no more in the files and still managed')
    expect([left.code, desk.sent]).toEqual([0, []])
    expect(await desk.apply(`${head('life')}servers:\n${http('a')}${http('b')}`, '--release')).toMatchObject({
      code: 0,
    })
    expect((await get('/servers/c')).server).toMatchObject({ managedBy: null })
    expect(await desk.apply(less, '--prune')).toMatchObject({ code: 0, out: expect.stringContaining('- server b\n') })
    expect([
      await status('GET /servers/b'),
      await status('GET /servers/c'),
      await status('GET /servers/by-hand'),
    ]).toEqual([404, 200, 200])
    expect(await desk.apply(less, '--prune', '--release')).toMatchObject({ code: 2 })
    // Whatever it let go of belongs to whoever may.
    await done('PATCH /servers/c', { name: 'Mine' })
  })

  test('what is there already is taken over by a word of its own only, and as it is', async () => {
    await done('POST /servers', {
      slug: 'older',
      name: 'Older',
      transport: { type: 'http', url: 'https://older.example.com/mcp' },
    })
    const text = `${head('heir')}servers:\n${http('older')}`
    const refused = await desk.apply(text)
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('1 of these are there already') })
    expect(refused.out).toContain(
      '> server older  (adopt: it is there, and nobody manages it)\n      name: "Older" → "older"',
    )
    expect((await get('/servers/older')).server).toMatchObject({ name: 'Older', managedBy: null })
    expect(await desk.apply(text, '--adopt')).toMatchObject({ code: 0 })
    expect((await get('/servers/older')).server).toMatchObject({ name: 'older', managedBy: 'heir' })
  })

  test('nothing is done without a yes, and somebody who is there is asked', async () => {
    writeFileSync(desk.file('ask.yaml'), `${head('ask')}servers:\n${http('asked')}`)
    const silent = await desk.ostiary('apply', '-f', desk.file('ask.yaml'))
    expect(silent).toMatchObject({ code: 5, err: expect.stringContaining('nobody is here to be asked') })
    for (const [word, code] of [
      ['', 5],
      ['no', 5],
      ['y', 0],
    ] as const) {
      desk.answer(word)
      expect(await desk.ostiary('apply', '-f', desk.file('ask.yaml'))).toMatchObject({ code })
    }
    desk.answer(null)
    expect(desk.sent).toEqual(['POST /servers'])
  })

  test('a secret is read where something new is made, where it leads elsewhere, and when it is asked for', async () => {
    const text = `${head('keys')}servers:\n${http('keyed', key('ONE'))}`
    const missing = await desk.apply(`${text}${http('plain')}`)
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('one.yaml:4: no variable ONE is set here') })
    const reviewed = await desk.apply(text, '--dry-run')
    expect(reviewed).toMatchObject({ code: 0, err: expect.stringContaining('An apply from here would not begin:') })
    expect(desk.sent).toEqual([])
    desk.env['ONE'] = 'canary-one-7d1e'
    expect(await desk.apply(text)).toMatchObject({ code: 0 })
    const credential = async () => (await get('/servers/keyed')).server.credential
    const first = await credential()
    delete desk.env['ONE']
    expect(await desk.apply(text)).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') })
    expect(await desk.apply(text, '--secrets')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no variable ONE'),
    })
    const moved = text.replace('keyed.example.com', 'moved.example.com')
    expect(await desk.apply(moved)).toMatchObject({ code: 1, err: expect.stringContaining('no variable ONE') })
    desk.env['ONE'] = 'canary-two-7d1e'
    expect(await desk.apply(moved)).toMatchObject({ code: 0 })
    expect(await desk.apply(moved, '--secrets')).toMatchObject({
      code: 0,
      out: expect.stringContaining('secrets: given again'),
    })
    expect((await credential()).id).not.toBe(first.id)
    writeFileSync(desk.file('key.txt'), 'canary-file-7d1e\n')
    expect(await desk.apply(moved.replace('{env: ONE}', '{file: key.txt}'), '--secrets')).toMatchObject({ code: 0 })
    expect(await desk.apply(`${head('keys')}servers:\n${http('keyed')}`)).toMatchObject({ code: 0 })
    expect(await credential()).toBeNull()
    const events = JSON.stringify(await get('/audit-events?limit=200'))
    expect(events).not.toMatch(/canary-/)
  })

  test('a server or a team that others take away does not make the next plan flap', async () => {
    await done('POST /members', { email: 'eve@example.com', role: 'member' })
    const audience = 'audience: {everyone: true}'
    const text = `${head('flat')}servers:\n${http('in-all')}catalogs:\n  - {slug: everyone, name: Everyone, servers: [in-all], ${audience}}\nteams:\n  - {slug: crew, members: [eve@example.com]}\n`
    expect(await desk.apply(text, '--adopt')).toMatchObject({ code: 0 })
    // It joins the managed catalog, as new ones do; the files have no say in it.
    await done('POST /servers', { slug: 'joiner', transport: { type: 'http', url: 'https://j.example.com/mcp' } })
    const again = await desk.apply(text)
    expect(again.out).toContain('Nothing to do, 3 unchanged.')
    const renamed = text.replace('name: Everyone', 'name: All')
    expect(await desk.apply(renamed)).toMatchObject({ code: 0 })
    const { catalog, refs } = await get('/catalogs/everyone')
    expect(catalog.servers.map((id: string) => refs[id].slug)).toEqual(expect.arrayContaining(['in-all', 'joiner']))
    expect(await desk.exported('--name', 'flat')).toContain('servers:\n      - in-all\n')
    expect(await desk.exported('--name', 'flat')).not.toContain('joiner')
    await done(
      'DELETE /members/' +
        (await get('/members')).items.find(({ email }: { email: string }) => email === 'eve@example.com').id,
    )
    const gone = await desk.apply(renamed)
    expect(gone.err).toContain('team crew names eve@example.com, who is no member of this organization')
    expect(await desk.apply(renamed.replace('eve@example.com', ''))).toMatchObject({
      out: expect.stringContaining('Nothing to do'),
    })
    // An organization cannot be without it.
    const pruned = await desk.apply(`${head('flat')}teams: [{slug: crew}]\n`, '--prune')
    expect(pruned).toMatchObject({ code: 0, out: expect.stringContaining('o catalog everyone  (let go of') })
  })

  test('whoever may not is told by name, and nothing but the calls before it is done', async () => {
    const scopes = ['projects:write', 'projects:read', 'servers:read', 'providers:read', 'teams:read']
    const mint = async (more: readonly string[]): Promise<string> =>
      (await done('POST /management-tokens', { name: 'ci', scopes: [...scopes, ...more] })).secret
    const few = await mint([])
    writeFileSync(desk.file('rights.yaml'), `${head('rights')}projects: [{slug: mine}]\nservers:\n${http('theirs')}`)
    const apply = (token: string) => desk.as(token, 'apply', '-f', desk.file('rights.yaml'), '--yes')
    const unread = await apply(few)
    expect(unread).toMatchObject({ code: 3, err: expect.stringContaining('the right catalogs:read') })
    expect(desk.sent).toEqual([])
    const half = await apply(await mint(['catalogs:read', 'members:read', 'policies:read']))
    expect(half.code).toBe(3)
    expect(half.err).toContain(
      'Stopped at server theirs: This call needs the right servers:write. 1 of 2 calls are done and stay',
    )
    expect(desk.sent).toEqual(['POST /projects', 'POST /servers'])
    expect(await desk.ostiary('apply', '-f', desk.file('rights.yaml'), '--yes')).toMatchObject({ code: 0 })
  })

  test('a change between the plan and its call is not overwritten', async () => {
    const text = `${head('race')}servers:\n${http('raced')}`
    expect(await desk.apply(text)).toMatchObject({ code: 0 })
    desk.before('PATCH', async () => {
      const headers = { authorization: `Bearer ${control.operator}`, 'ostiary-configuration': 'race' }
      await control.send('PATCH /servers/raced', headers, { perGateway: null })
    })
    const stale = await desk.apply(text.replace('type: http', 'type: sse'))
    expect(stale).toMatchObject({ code: 5, err: expect.stringContaining('Somebody has changed it since the plan.') })
    expect((await get('/servers/raced')).server.transport.type).toBe('http')
    expect(await desk.apply(text.replace('type: http', 'type: sse'))).toMatchObject({ code: 0 })
  })

  test('a tier that touches what uses the project is confirmed by whoever said yes', async () => {
    const text = `${head('tiers')}projects: [{slug: moving}]\nservers:\n${http('mover', '    project: moving\n')}`
    expect(await desk.apply(text)).toMatchObject({ code: 0 })
    const moved = await desk.apply(text.replace('{slug: moving}', '{slug: moving, tier: production}'))
    expect(moved).toMatchObject({ code: 0, err: expect.stringMatching(/1 server/) })
    expect((await get('/projects/moving')).project.tier).toBe('production')
    const elsewhere = await desk.apply(text.replace('project: moving\n', 'project: default\n'))
    expect(elsewhere.err).toContain('server mover keeps its project (moving): give the new one another slug')
  })

  test('the default project changes hands within one apply', async () => {
    const text = (first: string, second: string) =>
      `${head('defaults')}projects:\n  - {slug: one, name: "${first}"${first === 'a' ? ', default: true' : ''}}\n  - {slug: two, name: "${second}"${first === 'a' ? '' : ', default: true'}}\n`
    expect(await desk.apply(text('a', 'b'))).toMatchObject({ code: 0 })
    expect((await get('/projects/one')).project.default).toBe(true)
    expect(await desk.apply(text('c', 'd'))).toMatchObject({ code: 0 })
    expect((await get('/projects/two')).project.default).toBe(true)
    expect(await desk.apply(text('c', 'd'))).toMatchObject({ out: expect.stringContaining('Nothing to do') })
    await done('PATCH /projects/default', { default: true })
    // Whoever makes another one the default has taken it from a managed one; the next plan says so.
    expect((await desk.apply(text('c', 'd'), '--dry-run')).out).toContain('default: false → true')
  })

  test('providers that fall back to each other come and go together', async () => {
    const provider = (slug: string, to: string, from: string) =>
      `  - slug: ${slug}\n    dialect: openai\n    baseUrl: https://${slug}.example.com\n    models: [{id: m-${slug}, fallbacks: [${to}/other]}, {id: other}]\n    ${from}\n`
    const text = `${head('rings')}providers:\n${provider('ring-a', 'ring-b', 'retries: 2')}${provider('ring-b', 'ring-a', 'auth: api-key')}  - {slug: set, preset: anthropic}\n`
    expect(await desk.apply(text)).toMatchObject({ code: 0 })
    expect((await get('/providers/ring-a')).provider.models[0].fallbacks).toEqual(['ring-b/other'])
    // The address is written as control keeps it, so that it differs only where it leads elsewhere.
    expect(await desk.apply(text)).toMatchObject({ out: expect.stringContaining('Nothing to do, 3 unchanged') })
    expect(await desk.apply(`${head('rings')}teams: []\n`, '--prune')).toMatchObject({ code: 0 })
    expect(await status('GET /providers/ring-a')).toBe(404)
  })

  test('an address or a name that leads nowhere, or to what is about to go, is refused before anything is sent', async () => {
    expect(await desk.apply(`${head('refs')}servers:\n${http('referred')}`)).toMatchObject({ code: 0 })
    desk.sent.length = 0
    const text = `${head('refs')}servers:\n${http('new-one', '    project: nowhere\n')}catalogs:\n  - {slug: c, servers: [new-one, ghost, referred], providers: [ghost], audience: {teams: [ghosts], members: [ghost@example.com]}}\npolicies: {ceilings: {servers: {mode: only, items: [ghost]}}}\n`
    const lines = (await desk.apply(text, '--prune')).err.split('\n').map((line) => line.replace(/^.*one.yaml:/, ''))
    expect(lines.slice(1, -1)).toEqual([
      '4: server new-one names project nowhere, and there is none',
      '8: catalog c names server ghost, and there is none',
      '8: catalog c names server referred, and there is none',
      '8: catalog c names provider ghost, and there is none',
      '8: catalog c names team ghosts, and there is none',
      '8: catalog c names ghost@example.com, who is no member of this organization',
      '9: policies names server ghost, and there is none',
    ])
    expect(desk.sent).toEqual([])
  })
})
