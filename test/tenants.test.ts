import { createSecretKey, randomBytes } from 'node:crypto'
import type { KyselyPlugin, RootOperationNode } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditRoutes } from '../src/audit/routes.ts'
import { resolveServers } from '../src/control/records.ts'
import { createVault } from '../src/credentials/vault.ts'
import type { Database, Db } from '../src/db/database.ts'
import { gatewayRoutes } from '../src/fleet/routes.ts'
import { keyRoutes } from '../src/keys/routes.ts'
import { mint } from '../src/keys/token.ts'
import { audited } from '../src/people/audited.ts'
import { peopleRoutes } from '../src/people/routes.ts'
import type { Actor } from '../src/people/schema.ts'
import { insertProject } from '../src/projects/store.ts'
import { serverRoutes } from '../src/servers/routes.ts'
import { callRoute, codeOf, createKeyring, granted, nothingPending } from './keyring.ts'
import { addOrganization, administer, onEachStore, type Place } from './stores.ts'

/** Every domain's routes over one store, as control mounts them. */
const surfaceOn = (database: Database, ring: Awaited<ReturnType<typeof createKeyring>>, newId = ring.keyDeps.newId) => {
  const { read, transaction } = database
  const root = { id: 'root', key: createSecretKey(randomBytes(32)) }
  const vault = createVault({ root, randomBytes, now: ring.clock.now })
  const base = { ...ring.keyDeps, read, transaction, newId }
  return callRoute([
    ...peopleRoutes({ ...base, mint: ring.peopleDeps.mint }),
    ...keyRoutes({ ...base, resolveServers: resolveServers(base.now) }),
    ...serverRoutes({ ...base, vault }),
    ...gatewayRoutes({
      ...base,
      mintGatewayToken: () => mint('g', randomBytes),
      audited,
      disconnect: () => Promise.resolve(nothingPending),
      gatewaysOnline: () => [],
    }),
    ...auditRoutes({ read }),
  ])
}
type CallOne = ReturnType<typeof surfaceOn>

const second = 'org_2222222222222222'
const server = (slug: string) => ({
  slug,
  transport: { type: 'http', url: 'https://tools.example.test/mcp' },
  credential: { slot: 'header', name: 'x-key', value: 'upstream-secret' },
})
const makings = (slug: string) =>
  [
    ['key', 'POST /keys', { name: 'ci' }],
    ['server', 'POST /servers', server(slug)],
    ['managementToken', 'POST /management-tokens', { name: 'ci', scopes: ['*'] }],
    ['gateway', 'POST /gateways', { name: 'edge' }],
  ] as const

const makeAll = async (call: CallOne, actor: Actor, slug: string): Promise<Record<string, string>> => {
  const ids: Record<string, string> = {}
  for (const [name, route, body] of makings(slug)) {
    const made: unknown = granted(await call(actor, route, { body }))
    ids[name] = Object(made)[name].id
  }
  return ids
}

/** Takes `organization_id = …` out of every query: the code check, forgotten everywhere at once. */
const forgetful: KyselyPlugin = {
  transformQuery: ({ node }) => without(node) as RootOperationNode,
  transformResult: async ({ result }) => result,
}
const without = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(without)
  if (typeof node !== 'object' || node === null || Buffer.isBuffer(node)) return node
  if (isCheck(node)) return { kind: 'RawNode', sqlFragments: ['1 = 1'], parameters: [] }
  return Object.fromEntries(Object.entries(node).map(([name, part]) => [name, without(part)]))
}
const isCheck = (node: object): boolean => {
  const { kind, leftOperand, rightOperand } = Object(node)
  if (kind !== 'BinaryOperationNode' || rightOperand?.kind === 'ReferenceNode') return false
  return leftOperand?.column?.column?.name === 'organization_id'
}
const forgetting = (database: Database): Database => ({
  ...database,
  read: (organizationId, work) => database.read(organizationId, (db) => work(db.withPlugin(forgetful))),
  transaction: (organizationId, work) => database.transaction(organizationId, (db) => work(db.withPlugin(forgetful))),
})

const withoutPolicies = async (place: Place): Promise<void> => {
  if (place.kind !== 'postgres') return
  const { rows } = await administer(place.url, 'select relname from pg_class where relrowsecurity')
  expect(rows.length).toBeGreaterThan(10)
  for (const { relname } of rows) await administer(place.url, `alter table ${relname} disable row level security`)
}

onEachStore('two organizations on one store', (_open, { dialect, newPlace, openAt }) => {
  const seeded = async () => {
    const place = await newPlace()
    const database = await openAt(place)
    const ring = await createKeyring(database)
    await addOrganization(database, second, 'second')
    const theirs = await ring.addMember('owner', second)
    const project = { id: 'prj_2222222222222222', slug: 'default', name: 'Default', tier: 'production' } as const
    await database.transaction(second, (db) => insertProject(db, second, { ...project, isDefault: true, createdAt: 1 }))
    const call = surfaceOn(database, ring)
    return { place, database, ring, theirs, ids: await makeAll(call, theirs, 'theirs'), call }
  }
  type Seeded = Awaited<ReturnType<typeof seeded>>

  const meetNothing = async (call: CallOne, { ring, ids, theirs }: Seeded): Promise<void> => {
    for (const role of ['owner', 'admin', 'member', 'auditor'] as const) {
      const us = role === 'owner' ? ring.owner : await ring.addMember(role)
      for (const [id, route, more] of [
        [ids['key'], 'GET /keys/:id', {}],
        [ids['key'], 'POST /keys/:id/revoke', {}],
        [ids['key'], 'DELETE /keys/:id', {}],
        [ids['server'], 'GET /servers/:id', {}],
        ['theirs', 'GET /servers/:id', {}],
        [ids['server'], 'PATCH /servers/:id', { body: { name: 'ours now' } }],
        ['theirs', 'PATCH /servers/:id', { body: { credential: null } }],
        [ids['server'], 'DELETE /servers/:id', {}],
        [ids['managementToken'], 'GET /management-tokens/:id', {}],
        [ids['managementToken'], 'DELETE /management-tokens/:id', {}],
        [ids['gateway'], 'GET /gateways/:id', {}],
        [ids['gateway'], 'DELETE /gateways/:id', {}],
      ] as const)
        expect([role, route, codeOf(await call(us, route, { params: { id }, ...more }))]).toEqual([
          role,
          route,
          'not_found',
        ])
      const lists = ['GET /keys', 'GET /servers', 'GET /management-tokens', 'GET /gateways', 'GET /audit-events']
      for (const route of lists) {
        const seen = JSON.stringify(granted(await call(us, route)))
        for (const id of [...Object.values(ids), theirs.memberId, second]) expect(seen).not.toContain(id)
      }
    }
    const mcp = { servers: { mode: 'only', items: [ids['server']] } }
    expect(codeOf(await call(ring.owner, 'POST /keys', { body: { name: 'a', mcp } }))).toBe('invalid')
    const member = { name: 'a', scopes: ['*'], member: theirs.memberId }
    expect(codeOf(await call(ring.owner, 'POST /management-tokens', { body: member }))).toBe('invalid')
    const project = { ...server('ours'), project: 'prj_2222222222222222' }
    expect(codeOf(await call(ring.owner, 'POST /servers', { body: project }))).toBe('invalid')
  }

  const stillTheirs = async ({ call, theirs, ids }: Seeded): Promise<void> => {
    for (const [name, route] of [
      ['key', 'GET /keys/:id'],
      ['server', 'GET /servers/:id'],
      ['managementToken', 'GET /management-tokens/:id'],
      ['gateway', 'GET /gateways/:id'],
    ] as const) {
      const shown: unknown = granted(await call(theirs, route, { params: { id: ids[name] } }))
      expect(Object(shown)[name]).toMatchObject({ id: ids[name] })
    }
    const shown: unknown = granted(await call(theirs, 'GET /servers/:id', { params: { id: 'theirs' } }))
    expect(shown).toMatchObject({ server: { name: 'theirs', revision: 1, credential: { name: 'x-key' } } })
  }

  test('G10 neither meets anything of the other, whatever the role', async () => {
    const world = await seeded()
    await meetNothing(world.call, world)
    await stillTheirs(world)
  }, 60_000)

  test.runIf(dialect === 'postgres')(
    'G10 the code check alone keeps them apart, without any policy',
    async () => {
      const world = await seeded()
      await withoutPolicies(world.place)
      await meetNothing(world.call, world)
      await stillTheirs(world)
    },
    60_000,
  )

  test.runIf(dialect === 'postgres')(
    'G10 the policies alone keep them apart, where every query forgets to',
    async () => {
      const world = await seeded()
      await meetNothing(surfaceOn(forgetting(world.database), world.ring), world)
      await stillTheirs(world)
    },
    60_000,
  )

  test('without both they would meet: what is taken away above is what keeps them apart', async () => {
    const world = await seeded()
    await withoutPolicies(world.place)
    const call = surfaceOn(forgetting(world.database), world.ring)
    expect(codeOf(await call(world.ring.owner, 'GET /keys/:id', { params: { id: world.ids['key'] } }))).toBeNull()
  }, 60_000)
})

onEachStore('who comes at the same time', (open) => {
  test.each([
    ['gateway', 'DELETE /gateways/:id', 'gateway.revoked'],
    ['managementToken', 'DELETE /management-tokens/:id', 'management-token.revoked'],
    ['server', 'DELETE /servers/:id', 'server.deleted'],
    ['key', 'DELETE /keys/:id', 'key.deleted'],
    ['key', 'POST /keys/:id/revoke', 'key.revoked'],
  ] as const)('%s: %s is done once and told once', async (name, route, action) => {
    const database = await open()
    const ring = await createKeyring(database)
    const call = surfaceOn(database, ring)
    const ids = await makeAll(call, ring.owner, 'tools')
    // Connections that stand already, so that on PostgreSQL the four really meet.
    await Promise.all([1, 2, 3, 4].map(() => call(ring.owner, 'GET /keys')))
    const answers = await Promise.all([1, 2, 3, 4].map(() => call(ring.owner, route, { params: { id: ids[name] } })))
    for (const answer of answers) expect(codeOf(answer)).toBeOneOf([null, 'not_found'])
    expect(answers.map(codeOf)).toContain(null)
    const events = await database.system.read((db) =>
      db.selectFrom('audit_events').select('id').where('action', '=', action).execute(),
    )
    expect(events).toHaveLength(1)
  })
})

onEachStore('a write whose audit event cannot be written', (open) => {
  let database: Database
  let ring: Awaited<ReturnType<typeof createKeyring>>
  let ids: Record<string, string>
  let broken: CallOne
  const tables = [
    'keys',
    'secret_versions',
    'servers',
    'credentials',
    'credential_versions',
    'management_tokens',
    'gateways',
    'changes',
    'audit_events',
  ] as const
  const everything = () =>
    database.system.read(async (db: Db) => {
      const rows: unknown[] = []
      for (const table of tables) rows.push(table, await db.selectFrom(table).selectAll().execute())
      return JSON.stringify(rows)
    })
  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    ids = await makeAll(surfaceOn(database, ring), ring.owner, 'tools')
    const [taken] = await database.system.read((db) => db.selectFrom('audit_events').select('id').limit(1).execute())
    // The store itself refuses it, after everything else of the change is written.
    const newId = (prefix: string) => (prefix === 'evt' ? (taken?.id ?? '') : ring.keyDeps.newId(prefix))
    broken = surfaceOn(database, ring, newId)
  })

  describe('G7 leaves nothing behind', () => {
    test.each<[string, string, object]>([
      ...makings('other').map(([name, route, body]): [string, string, object] => [name, route, { body }]),
      ['key', 'POST /keys/:id/revoke', {}],
      ['key', 'DELETE /keys/:id', {}],
      ['server', 'PATCH /servers/:id', { body: { name: 'Renamed' } }],
      ['server', 'PATCH /servers/:id', { body: { credential: null } }],
      ['server', 'DELETE /servers/:id', {}],
      ['managementToken', 'DELETE /management-tokens/:id', {}],
      ['gateway', 'DELETE /gateways/:id', {}],
    ])('of a %s: %s', async (name, route, more) => {
      const before = await everything()
      const made = broken(ring.owner, route, { params: { id: ids[name] }, ...more })
      // A violated constraint is an accident, except where it reads as a slug that somebody else has just taken.
      expect(await made.then(codeOf, () => 'failed')).toBeOneOf(['failed', 'slug_taken'])
      expect(await everything()).toBe(before)
    })
  })
})
