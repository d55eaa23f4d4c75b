import { beforeEach, expect, test } from 'vitest'
import { granted } from '../../../test/keyring.ts'
import { actorOf, createRegistry, orgA, type Registry } from '../../../test/registry.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import type { Result } from '../../problems.ts'
import { ImportAnswer, ImportInput } from './import.ts'

const canary = 'canary-7f2e9c41'
const url = 'https://mcp.example.test/mcp'

onEachStore('an import', (open) => {
  let database: Database
  let world: Registry
  beforeEach(async () => {
    database = await open()
    world = await createRegistry(database)
  })
  const take = async (document: object, more: object = {}) => {
    const body = ImportInput.parse({ document, ...more })
    const answer = granted((await world.call(actorOf(orgA), 'POST /servers/import', { body })) as Result<never>)
    expect(JSON.stringify(answer)).not.toContain(canary)
    return ImportAnswer.parse(answer).results
  }
  const events = () =>
    database.system.read((db) => db.selectFrom('audit_events').select(['action', 'subject_id', 'after']).execute())
  const slugs = async () =>
    (await database.system.read((db) => db.selectFrom('servers').select('slug').orderBy('slug').execute())).map(
      ({ slug }) => slug,
    )

  test('G7 each server is made by itself, with its event, and one that cannot be made keeps no other out', async () => {
    const results = await take(
      {
        mcpServers: {
          'My Tools': { url, headers: { Authorization: `Bearer ${canary}` } },
          files: { command: 'npx', args: ['-y', 'files'], env: { TOKEN: canary } },
          lacking: { url, headers: { 'X-Key': `\${MY_KEY}` } },
          inside: { url: 'http://169.254.169.254/latest' },
          odd: { url: 'ftp://example.test/' },
        },
      },
      { catalogs: [] },
    )
    expect(results.map(({ name, ok, code, server }) => [name, ok, server?.slug ?? code])).toEqual([
      ['My Tools', true, 'my-tools'],
      ['files', true, 'files'],
      ['lacking', false, 'invalid'],
      ['inside', false, 'invalid'],
      ['odd', false, 'invalid'],
    ])
    expect(results[0]?.server).toMatchObject({ type: 'http', target: url, header: 'Authorization' })
    expect(results[1]?.server).toMatchObject({ type: 'stdio', target: 'npx', env: ['TOKEN'] })
    expect(results[2]?.missing).toEqual([{ name: 'MY_KEY', secret: true }])
    expect(results[3]?.detail).toContain('never called')
    const written = await events()
    expect(written.map(({ action }) => action)).toEqual(['server.created', 'server.created'])
    expect(written.map(({ subject_id }) => subject_id)).toEqual(results.slice(0, 2).map(({ server }) => server?.id))
    expect(JSON.stringify(written)).not.toContain(canary)
    const record = await world.serverRecord(results[0]?.server?.id ?? '')
    expect(record).toMatchObject({ injection: { slot: { template: 'Bearer {value}' } } })
  })

  test('a dry run says the same and makes nothing', async () => {
    const document = { mcpServers: { tools: { url }, inside: { url: 'http://10.1.2.3/' } } }
    const results = await take(document, { dryRun: true })
    expect(results.map(({ ok, server }) => [ok, server?.slug, server?.id])).toEqual([
      [true, 'tools', undefined],
      [false, undefined, undefined],
    ])
    expect(results[1]?.detail).toContain('privateNetworks')
    expect([await slugs(), await events()]).toEqual([[], []])
    const changes = await database.system.read((db) => db.selectFrom('changes').select('kind').execute())
    expect(changes).toEqual([])
    expect((await take(document, { dryRun: true, project: 'nowhere' }))[0]).toMatchObject({ ok: false })
  })

  test('a slug that is taken gets a number, within a document too', async () => {
    await take({ mcpServers: { tools: { url } } })
    const results = await take({ mcpServers: { tools: { url }, Tools: { url }, 'a/tools': { url } } })
    expect(results.map(({ server }) => server?.slug)).toEqual(['tools-2', 'tools-3', 'tools-4'])
    expect(await slugs()).toEqual(['tools', 'tools-2', 'tools-3', 'tools-4'])
  })
})
