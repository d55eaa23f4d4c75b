import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDesk, type Desk } from './configuration-rig.ts'
import { onEachStore } from './stores.ts'
import { type Running, startControl } from './tenants/control.ts'

const whole = `apiVersion: ostiary/v1
name: platform
projects:
  - slug: live
    name: Live things
    tier: production
servers:
  - slug: docs
    project: default
    transport:
      type: http
      url: https://docs.example.com/mcp
    timeouts:
      answerSeconds: 30
  - slug: issues
    project: live
    transport:
      type: http
      url: https://issues.example.com/mcp
    credential:
      slot: header
      name: Authorization
      from:
        env: SERVER_ISSUES__CREDENTIAL
  - slug: local-files
    project: default
    transport:
      type: stdio
      command: node
      args:
        - files.js
      env:
        ROOT:
          from:
            env: SERVER_LOCAL_FILES__ROOT
    perGateway: true
providers:
  - slug: first
    project: default
    dialect: openai
    baseUrl: https://first.example.com/v1
    credential:
      from:
        env: PROVIDER_FIRST__CREDENTIAL
    models:
      - id: large
        fallbacks:
          - second/large
      - id: small
  - slug: second
    project: default
    dialect: openai
    baseUrl: https://second.example.com/v1
    models:
      - id: large
      - id: small
        fallbacks:
          - first/small
teams:
  - slug: builders
    members:
      - ada@example.com
catalogs:
  - slug: tools
    name: Tools of builders
    servers:
      - docs
      - local-files
    providers:
      - first
    audience:
      teams:
        - builders
policies:
  maxAgeDays: 60
  allServers: with-reason
`
const secrets = {
  SERVER_ISSUES__CREDENTIAL: 'canary-issues-51c2',
  SERVER_LOCAL_FILES__ROOT: 'canary-root-93d1',
  PROVIDER_FIRST__CREDENTIAL: 'canary-first-77aa',
}

onEachStore('configuration as code', (_open, stores) => {
  let control: Running
  let desk: Desk
  const get = (line: string) => control.done(control.operator, `GET ${line}`)

  beforeAll(async () => {
    control = await startControl(stores)
    desk = createDesk(control)
    Object.assign(desk.env, secrets)
    for (const email of ['ada@example.com', 'bob@example.com'])
      await control.done(control.operator, 'POST /members', { email, role: 'member' })
  })
  afterAll(async () => {
    desk.remove()
    await control.stop()
  })

  test('what the files say is made, in its order, and the second apply changes nothing', async () => {
    const first = await desk.apply(whole, '--adopt')
    expect(first).toMatchObject({ code: 0, err: 'Applied.\n' })
    expect(first.out).toContain('+ server docs')
    expect(desk.sent).toEqual([
      'POST /projects',
      'POST /servers',
      'POST /servers',
      'POST /servers',
      'POST /providers',
      'POST /providers',
      expect.stringMatching(/^PATCH \/providers\//),
      expect.stringMatching(/^PATCH \/providers\//),
      'POST /teams',
      'POST /catalogs',
      'PATCH /policies',
    ])
    desk.sent.length = 0
    const second = await desk.apply(whole)
    expect(second.out).toBe('Configuration platform from 1 file.\n\nNothing to do, 9 unchanged.\n')
    expect([second.code, desk.sent]).toEqual([0, []])
  })

  test('the export of an apply is the same text, and applying an export changes nothing', async () => {
    const text = await desk.exported('--name', 'platform')
    expect(
      text
        .split('\n')
        .filter((line) => !line.startsWith('#'))
        .join('\n')
        .trimStart(),
    ).toBe(whole)
    expect(text).toMatch(/^# Secrets are never exported/)
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret)
    const all = await desk.exported('--all', '--name', 'platform')
    desk.sent.length = 0
    const dry = await desk.apply(text, '--dry-run', '--detailed-exit-code')
    expect([dry.code, desk.sent]).toEqual([0, []])
    // Everything else becomes its own, and nothing of it another.
    const taken = await desk.apply(all, '--dry-run', '--json')
    const { changes, unchanged } = JSON.parse(taken.out)
    expect(unchanged).toBe(9)
    expect(changes.map(({ action, slug, fields }: Record<string, unknown>) => [action, slug, fields])).toEqual([
      ['adopt', 'default', []],
      ['adopt', 'everyone', []],
    ])
  })

  test('a folder is read as one, and an export into a folder can be applied from there', async () => {
    const written = await desk.ostiary('export', '--name', 'platform', '-o', desk.file('tree'))
    expect(
      written.out
        .trim()
        .split('\n')
        .map((file) => file.slice(desk.file('tree').length + 1)),
    ).toEqual(['projects.yaml', 'servers.yaml', 'providers.yaml', 'teams.yaml', 'catalogs.yaml', 'policies.yaml'])
    const applied = await desk.ostiary('apply', '-f', desk.file('tree'), '--yes')
    expect(applied).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do, 9 unchanged.') })
    expect((await desk.ostiary('export', '--name', 'platform', '-o', desk.file('one.json'))).code).toBe(0)
    const json = await desk.ostiary('apply', '-f', desk.file('one.json'), '--yes')
    expect(json).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do, 9 unchanged.') })
  })

  test('what it manages names its configuration, and refuses other hands on every way', async () => {
    const shown = await get('/servers/docs')
    expect(shown.server).toMatchObject({ managedBy: 'platform' })
    const calls: [string, object?][] = [
      ['PATCH /servers/docs', { name: 'Mine' }],
      ['PATCH /servers/docs', { managedBy: null }],
      ['DELETE /servers/docs'],
      ['PATCH /providers/first', { retries: 3 }],
      ['DELETE /providers/second'],
      ['PATCH /projects/live', { name: 'Mine' }],
      ['DELETE /projects/live'],
      ['PATCH /teams/builders', { members: [] }],
      ['DELETE /teams/builders'],
      ['PATCH /catalogs/tools', { servers: [] }],
      ['DELETE /catalogs/tools'],
      ['PATCH /policies', { urlKeys: 'off' }],
      ['PATCH /organizations/default', { maxStalenessSeconds: 90 }],
      [
        'POST /servers',
        { slug: 'sneaked-in', transport: { type: 'http', url: 'https://s.example.com' }, catalogs: ['tools'] },
      ],
      [
        'POST /providers',
        { slug: 'sneaked-in', dialect: 'openai', baseUrl: 'https://s.example.com/v1', catalogs: ['tools'] },
      ],
    ]
    for (const [line, body] of calls) {
      for (const configuration of [null, 'another']) {
        const headers = { authorization: `Bearer ${control.operator}` }
        const named = configuration === null ? headers : { ...headers, 'ostiary-configuration': configuration }
        const answer = await control.readOf(await control.send(line, named, body))
        expect([answer.status, answer.code], `${line} ${configuration}`).toEqual([409, 'managed_elsewhere'])
        expect(answer.body.detail).toContain('The configuration platform manages this')
      }
    }
    const imported = await control.done(control.operator, 'POST /servers/import', {
      document: { mcpServers: { sneak: { url: 'https://s.example.com/mcp' } } },
      catalogs: ['tools'],
    })
    expect(imported.results).toMatchObject([{ ok: false, code: 'managed_elsewhere' }])
    const typed = await desk.ostiary('servers', 'remove', 'docs')
    expect(typed).toMatchObject({ code: 5, err: expect.stringContaining('The configuration platform manages this') })
    // Its name is no policy.
    await control.done(control.operator, 'PATCH /organizations/default', { name: 'Renamed' })
    desk.sent.length = 0
    expect(await desk.apply(whole)).toMatchObject({ code: 0, out: expect.stringContaining('Nothing to do') })
  })

  test('G7 the audit log says which configuration a thing came under, and who brought it there', async () => {
    const { items } = await get('/audit-events?action=server.created&limit=10')
    const event = items.find((one: { subject: { name: string } }) => one.subject.name === 'docs')
    expect(event).toMatchObject({ actor: { kind: 'bootstrap' }, after: { slug: 'docs', managedBy: 'platform' } })
  })

  test('two owners of one thing are refused with the line, and nothing is applied', async () => {
    const other = whole.replace('name: platform', 'name: elsewhere').replace(/providers:[\s\S]*/, '')
    desk.sent.length = 0
    const answer = await desk.apply(
      `${other}  - slug: its-own\n    transport:\n      type: http\n      url: https://o.example.com\n`,
    )
    expect(answer.code).toBe(1)
    expect(answer.err).toContain('one.yaml:8: server docs has two owners: the configuration platform manages it')
    expect(desk.sent).toEqual([])
  })

  test('what differs is shown field by field and changed, and only that', async () => {
    const changed = whole
      .replace('answerSeconds: 30', 'answerSeconds: 45')
      .replace('      - local-files\n    providers', '    providers')
      .replace('      - ada@example.com', '      - bob@example.com')
      .replace('maxAgeDays: 60', 'urlKeys: off')
    desk.sent.length = 0
    const plan = await desk.apply(changed, '--dry-run', '--detailed-exit-code')
    expect(plan.code).toBe(10)
    expect(plan.out).toBe(
      [
        'Configuration platform from 1 file.\n',
        '  ~ server docs',
        '      timeouts.answerSeconds: 30 → 45',
        '  ~ team builders',
        '      members: -ada@example.com +bob@example.com',
        '  ~ catalog tools',
        '      servers: -local-files',
        '  ~ policies',
        '      urlKeys: "on" → "off"',
        '      maxAgeDays: 60 → 90\n',
        '4 to change, 5 unchanged.\n',
      ].join('\n'),
    )
    expect(desk.sent).toEqual([])
    expect((await desk.apply(changed)).code).toBe(0)
    expect(desk.sent).toHaveLength(4)
    expect((await get('/servers/docs')).server.timeouts.answerSeconds).toBe(45)
    expect((await desk.apply(whole)).code).toBe(0)
    expect(await desk.exported('--name', 'platform')).toContain(whole)
  })
})
