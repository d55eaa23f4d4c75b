import { createSecretKey, randomBytes } from 'node:crypto'
import { backingOf, type Records, teamsWith } from '../src/access/backing.ts'
import { decide } from '../src/access/decide.ts'
import type { Call, Verdict } from '../src/access/schema.ts'
import { insertCatalog } from '../src/catalogs/store.ts'
import { createChildTokens } from '../src/control/child-links.ts'
import { createOrganizationKeys } from '../src/control/organization-keys.ts'
import { createRecords } from '../src/control/records.ts'
import { createSurface } from '../src/control/surface.ts'
import { createWebhooks } from '../src/control/webhook-links.ts'
import { createVault } from '../src/credentials/vault.ts'
import type { Database } from '../src/db/database.ts'
import type { FleetRecord } from '../src/fleet/schema.ts'
import type { UnsealedRecord } from '../src/fleet/unsealed/schema.ts'
import { createLane } from '../src/keys/lane.ts'
import { createProver } from '../src/keys/prove.ts'
import { newId } from '../src/keys/token.ts'
import { firstStart } from '../src/people/first-start.ts'
import type { Actor, Role } from '../src/people/schema.ts'
import type { Result } from '../src/problems.ts'
import { insertProject } from '../src/projects/store.ts'
import type { Secret } from '../src/secret.ts'
import { saveHealth } from '../src/servers/health/save.ts'
import { actorOf, callRoute, granted, nothingPending } from './keyring.ts'
import { liveRules } from './live-rules.ts'
import { createSingleSignOnRig } from './oidc-rig.ts'
import { createSignInRig } from './sign-in-rig.ts'
import { silent } from './stores.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any

/** Every route of control over a real database, without a listener: only the feed is not there. */
export async function createWholeSurface(database: Database) {
  const clock = { now: Date.parse('2026-01-01T00:00:00Z') }
  const now = () => clock.now
  const id = (prefix: string) => newId(prefix, randomBytes)
  const root = { id: 'root1', key: createSecretKey(randomBytes(32)) }
  const lane = createLane()
  const vault = createVault({ root, randomBytes, now })
  const made = { insertProject, insertCatalog, newId: id, now, root: { id: root.id, check: 'check1' } }
  const first = await firstStart({ ...made, system: database.system })
  const embedded = [{ id: 'gwy_EEEEEEEEEEEEEEEE', name: 'embedded' }]
  const store = { database, requests: database, root, first }
  const keys = createOrganizationKeys(root, lane)
  const prover = createProver({ lane })
  const listener = { host: '127.0.0.1', port: 8420, publicUrl: null, tls: null }
  const world = {
    now,
    randomBytes,
    config: { gateway: listener, control: { ...listener, port: 8421 }, fleet: null, insecureHttp: false },
    embeddedGateways: embedded,
    log: silent,
  }
  const tokens = createChildTokens(world as never, {
    store: store as never,
    keys,
    prover,
    embedded: embedded as never,
    gatewaysOnline: () => [],
    issuer: () => 'https://control.example',
  })
  /** No listener, no sequencer, no clock that rings. */
  const apart = { server: { address: () => null }, sequencer: { onNumbered: () => () => {} }, every: () => () => {} }
  const signIn = createSignInRig({ now })
  const parts = {
    store,
    vault,
    keys,
    prover,
    feed: {
      effectOf: async () => nothingPending,
      shareProofs: () => {},
      gatewaysOnline: () => [],
      disconnect: async () => nothingPending,
    },
    looks: { ask: async () => [] },
    tokens,
    webhooks: createWebhooks(world as never, { store: store as never, vault, ...apart }),
    leaks: {},
    singleSignOn: { wiring: { singleSignOn: createSingleSignOnRig({ now }) } },
    // One vault: the store knows one root.
    signIn: { ...signIn.deps, encryptText: vault.encryptText, decryptText: vault.decryptText },
    controlUrl: () => 'https://control.example',
    embedded,
    setupUrl: () => 'https://control.example/setup#code',
    claimUrl: (code: Secret) => `https://control.example/claim#${code.reveal()}`,
  }
  const call = callRoute(createSurface(world as never, parts as never))
  const { organizationId } = first
  const owner: Actor = { ...actorOf(organizationId, first.owner.id, 'owner'), operator: true, address: '203.0.113.7' }
  const as =
    (actor: Actor) =>
    async (line: string, given: Parameters<typeof call>[2] = {}): Promise<Json> =>
      granted(await call(actor, line, given))
  const records = createRecords({ root, vault, now, log: silent })
  const snapshot = () =>
    database.system.read(async (db) => {
      const held: UnsealedRecord[] = []
      for await (const page of records.snapshotOf(db)) held.push(...page)
      return held
    })
  return {
    clock,
    settled: signIn.settled,
    tokens,
    call: call as (...given: Parameters<typeof call>) => Promise<Result<Json>>,
    /** As the owner; what is refused fails the test. */
    ask: as(owner),
    as,
    owner,
    organizationId,
    records,
    snapshot,
    /** Everything that was announced, in order. */
    changes: () =>
      database.system.read((db) =>
        db.selectFrom('changes').select(['kind', 'subject_id as id']).orderBy('row_id').execute(),
      ),
    addMember: async (role: Role, name: string): Promise<Actor> => {
      const body = { email: `${name}@example.com`, name, role }
      const { member } = await as(owner)('POST /members', { body })
      return { ...actorOf(organizationId, member.id, role), name }
    },
    addServer: async (slug: string, more: object = {}): Promise<Json> => {
      const body = { slug, transport: { type: 'http', url: 'https://mcp.example/mcp' }, ...more }
      return (await as(owner)('POST /servers', { body })).server
    },
    /** As a gateway reports it. */
    sawTools: ({ id: server, revision }: Json, ...names: string[]): Promise<void> => {
      const tools = names.map((name) => ({ name, description: `about ${name}` }))
      const report = { organization: organizationId, server, revision, state: 'ready' as const, tools }
      return database.system.transaction((db) => saveHealth(db, 'gwy_EEEEEEEEEEEEEEEE', [report], now()))
    },
    /** What a gateway would decide that has everything which control would send it now. */
    onGateway: async (keyId: string, asked: Call): Promise<Verdict> => {
      const held = await snapshot()
      const key = held.find((record) => record.kind === 'key' && record.id === keyId)
      if (key?.kind !== 'key') throw new Error(`no gateway would hold ${keyId}`)
      const subject = {
        key,
        child: null,
        backing: backingOf(key, recordsIn(held)),
        gateway: embedded[0]?.id ?? '',
        address: '127.0.0.1',
      }
      return decide(subject, asked, now())
    },
  }
}

function recordsIn(held: readonly UnsealedRecord[]): Records {
  type Kind = FleetRecord['kind']
  const of = <K extends Kind>(kind: K) =>
    held.filter((record): record is Extract<UnsealedRecord, { kind: K }> => record.kind === kind)
  const by =
    <K extends Kind>(kind: K) =>
    (id: string) =>
      of(kind).find((record) => 'id' in record && record.id === id) ?? null
  return {
    mixedEnvironments: of('organization')[0]?.mixedEnvironments ?? 'refused',
    rules: of('organization')[0]?.rules ?? liveRules(),
    member: by('member'),
    team: by('team'),
    app: by('app'),
    project: by('project'),
    teamsOf: (id) => teamsWith(id, of('team')),
    catalogs: () => of('catalog'),
  }
}
