import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, granted } from '../../../test/keyring.ts'
import { createRotationRig, type Made, type RotationRig } from '../../../test/rotation-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createReadings } from '../../audit/reading.ts'
import { insertEvent, seal } from '../../audit/store.ts'
import type { Actor } from '../../people/schema.ts'
import { insertChild } from '../children/store.ts'
import { compromiseRoutes } from './routes.ts'

const day = 86_400_000
// biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does; a wrong guess fails the assertion
type Json = any

onEachStore('a key that others have', (open) => {
  let rig: RotationRig
  let call: ReturnType<typeof callRoute>
  let admin: Actor
  let grace: Actor
  let server: string
  let provider: string
  let apps: string
  beforeAll(async () => {
    rig = await createRotationRig(await open())
    call = callRoute(compromiseRoutes({ ...rig.keyDeps, wasRead: createReadings(rig.keyDeps) }))
    admin = await rig.addMember('admin')
    grace = await rig.addMember('member')
    const project = await rig.rows.project('dev')
    server = await rig.rows.server('github', project)
    provider = await rig.rows.provider('claude', project)
    apps = await rig.rows.project('apps')
  })

  const ask = (id: string, body: object = {}, actor: Actor = rig.owner, more: object = {}) =>
    call(actor, 'POST /keys/:id/compromise', { params: { id }, body, ...more })
  const cut = async (id: string, body: object = {}, actor: Actor = rig.owner): Promise<Json> =>
    granted(await ask(id, body, actor))
  const redeem = (actor: Actor, { claim }: { claim: { url: string } }) =>
    rig.call(actor, 'POST /claims', { body: { code: new URL(claim.url).hash.slice(1) } })
  const newChild = async ({ key }: Made, id: string): Promise<string> => {
    const at = rig.clock.now()
    const child = {
      id,
      key: key.id,
      parent: null,
      depth: 1,
      narrow: {},
      version: 1,
      epoch: 1,
      issuedAt: at,
      issuedBy: key.id,
    }
    await rig.database.transaction(rig.organizationId, (db) =>
      insertChild(db, rig.organizationId, { ...child, expiresAt: at + 3_600_000, revokedAt: null, revision: 1 }),
    )
    return id
  }
  const called = (id: string, tool: string, ago = 0, of = server) => {
    const at = rig.clock.now() - ago
    return rig.database.system.transaction((db) =>
      db
        .insertInto('key_calls')
        .values({
          organization_id: rig.organizationId,
          key_id: id,
          server_id: of,
          tool,
          first_seen_at: at,
          last_seen_at: at,
          requests: 2,
        })
        .execute(),
    )
  }
  const everything = async (id: string) => ({
    record: await rig.record(id),
    events: await rig.events(id),
    keys: await rig.database.read(rig.organizationId, (db) => db.selectFrom('keys').select('id').execute()),
    claims: await rig.database.read(rig.organizationId, (db) => db.selectFrom('key_claims').selectAll().execute()),
  })

  test('it ends with all versions, its children’s epoch and its links, is marked as exposed, and both are told', async () => {
    const made = await rig.make({ name: 'ci', tags: ['night'] })
    await rig.rotate(made.key.id, { mode: 'grace', graceSeconds: 3600 })
    const { key, effect, dryRun } = await cut(made.key.id, { reason: 'found in a paste' })
    expect(key).toMatchObject({ id: made.key.id, status: 'revoked', stateReason: 'found in a paste' })
    expect([key.exposedAt, key.revokedAt]).toEqual([
      new Date(rig.clock.now()).toISOString(),
      new Date(rig.clock.now()).toISOString(),
    ])
    expect([effect.pending, dryRun]).toEqual([[], false])
    expect(await rig.answerTo(made.secret)).toBe('key_revoked')
    expect((await rig.record(key.id)).epoch).toBe(2)
    const told = (await rig.events(key.id)).slice(-2)
    expect(told.map(({ action }) => action)).toEqual(['key.compromised', 'key.revoked'])
    expect(told[0]?.after).toMatchObject({
      state: 'revoked',
      reason: 'found in a paste',
      replacement: expect.stringMatching(/^key_/),
    })
  })

  test('D56 the replacement has every setting under a new id and no secret until its owner takes the link, whoever asked', async () => {
    const body = {
      description: 'of the night',
      projects: ['dev'],
      mcp: { servers: { mode: 'only', items: ['github'] } },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      metadata: { team: 'tools' },
      tags: ['ci'],
      expiresIn: '90d',
    }
    const made = await rig.make(body)
    const { replacement, replacementRefused } = await cut(made.key.id)
    expect(replacementRefused).toBeNull()
    const { id, createdAt, revision, claim, ...settings } = replacement.key
    expect(id).not.toBe(made.key.id)
    expect(settings).toMatchObject({
      status: 'active',
      secrets: [],
      name: 'ci',
      metadata: { team: 'tools' },
      tags: ['ci'],
    })
    for (const field of ['description', 'projects', 'mcp', 'addresses', 'expiresAt', 'owner', 'kind'])
      expect(settings[field], field).toEqual((made.key as Json)[field])
    expect(await rig.events(id)).toMatchObject([
      { action: 'key.created', after: { copiedFrom: made.key.id } },
      { action: 'key.claim-created' },
    ])
    expect([revision, claim.expiresAt]).toEqual([1, replacement.claim.expiresAt])
    expect(createdAt).toBe(new Date(rig.clock.now()).toISOString())
    expect(codeOf(await redeem(grace, replacement))).toBe('not_found')
    const { secret } = granted(await redeem(rig.owner, replacement)) as Made
    expect(await rig.answerTo(secret)).toBeNull()
    expect(await rig.answerTo(made.secret)).toBe('key_revoked')
  })

  test('of a member’s key an admin ends it, and the member alone is shown the new secret', async () => {
    const made = await rig.make({}, grace)
    const { replacement } = await cut(made.key.id, {}, admin)
    expect(replacement.key.owner.id).toBe(grace.memberId)
    for (const other of [admin, rig.owner]) expect(codeOf(await redeem(other, replacement))).toBe('not_found')
    granted(await redeem(grace, replacement))
  })

  test('of a team’s key whoever may hold it is shown the new secret, and nobody else', async () => {
    const team = await rig.rows.team('ops', [grace.memberId])
    const made = await rig.make({ owner: { type: 'team', id: team } }, grace)
    const { replacement } = await cut(made.key.id, {}, admin)
    expect(replacement.key.owner).toMatchObject({ type: 'team', id: team })
    expect(codeOf(await redeem(await rig.addMember('member'), replacement))).toBe('not_found')
    expect(codeOf(await redeem(await rig.addMember('auditor'), replacement))).toBe('not_found')
    granted(await redeem(grace, replacement))
    expect(codeOf(await redeem(grace, replacement))).toBe('claim_used')
  })

  test('C21 of an app’s key the replacement is the app’s one key', async () => {
    const app = await rig.rows.app('bot', apps, { type: 'member', id: rig.owner.memberId })
    const made = await rig.make({ owner: { type: 'app', id: app } })
    const { replacement } = await cut(made.key.id)
    const held = await rig.database.read(rig.organizationId, (db) =>
      db.selectFrom('apps').select('key_id').where('id', '=', app).executeTakeFirstOrThrow(),
    )
    expect(held.key_id).toBe(replacement.key.id)
    // Above an admin stands the owner behind the app: the key is his to end, and its secret is not his to see.
    const next = await cut(replacement.key.id, {}, admin)
    expect(codeOf(await redeem(admin, next.replacement))).toBe('not_found')
    granted(await redeem(rig.owner, next.replacement))
  })

  test('G4 its budgets are frozen, and the replacement has budgets of its own', async () => {
    const made = await rig.make({ budgets: [{ usd: '25', period: 'month' }] })
    const { replacement } = await cut(made.key.id)
    const rows = await rig.database.system.read((db) =>
      db
        .selectFrom('budgets')
        .select(['target_id', 'frozen', 'amount'])
        .where('target_id', 'in', [made.key.id, replacement.key.id])
        .execute(),
    )
    expect(new Map(rows.map(({ target_id, frozen, amount }) => [target_id, [frozen, amount]]))).toEqual(
      new Map([
        [made.key.id, [1, 25e9]],
        [replacement.key.id, [0, 25e9]],
      ]),
    )
  })

  test('the evidence of thirty days: who, from where, with which secret, for what, and the tokens made of it', async () => {
    const made = await rig.make()
    const { id } = made.key
    await rig.see(id, 1, 'claude-code/2.1', '198.51.100.7', 1000)
    await rig.see(id, 1, 'curl/8', '203.0.113.66')
    await rig.see(id, 1, 'long ago', '192.0.2.1', 31 * day)
    await called(id, 'search', 500)
    await called(id, 'delete_repository')
    await called(id, 'ancient', 31 * day)
    await called(id, 'haiku', 900, provider)
    const child = await newChild(made, 'chd_AAAABBBBCCCCDDDD')
    await rig.database.system.transaction(seal)
    const { evidence, refs } = await cut(id)
    expect(evidence.since).toBe(new Date(rig.clock.now() - 30 * day).toISOString())
    expect(evidence.clients.map(({ client, address }: Json) => [client, address])).toEqual([
      ['curl/8', '203.0.113.66'],
      ['claude-code/2.1', '198.51.100.7'],
    ])
    expect(evidence.calls.map(({ server, tool, requests }: Json) => [server, tool, requests])).toEqual([
      [server, 'delete_repository', 2],
      [server, 'search', 2],
      [provider, 'haiku', 2],
    ])
    expect(evidence.children).toMatchObject([{ id: child, status: 'active', issuedBy: id }])
    expect(evidence.versions).toMatchObject([{ version: 1, validUntil: null }])
    expect(evidence.events.map(({ action }: Json) => action)).toEqual(['key.created'])
    expect(refs[server]).toEqual({ slug: 'github', name: 'GITHUB' })
    expect(refs[provider]).toMatchObject({ slug: 'claude' })
    const after = await cut(id, { dryRun: true })
    expect(after.evidence.children).toMatchObject([{ id: child, status: 'revoked' }])
  })

  test('a dry run shows the same and changes nothing', async () => {
    const made = await rig.make()
    await rig.see(made.key.id, 1, 'curl/8', '203.0.113.66')
    await newChild(made, 'chd_DDDDCCCCBBBBAAAA')
    await rig.database.system.transaction(seal)
    await ask(made.key.id, { dryRun: true })
    await rig.database.system.transaction(seal)
    const before = await everything(made.key.id)
    const dry = await cut(made.key.id, { dryRun: true, reason: 'perhaps' })
    expect(await everything(made.key.id)).toEqual(before)
    expect(dry).toMatchObject({ dryRun: true, effect: null, replacement: null, replacementRefused: null })
    expect(dry.key).toMatchObject({ status: 'active', exposedAt: null, stateReason: null })
    expect(await rig.answerTo(made.secret)).toBeNull()
    const wet = await cut(made.key.id)
    expect(wet.evidence).toEqual(dry.evidence)
  })

  test('what the audit log says of the key is for whoever may read it, and that it was read stands in there', async () => {
    const made = await rig.make({}, grace)
    await rig.database.system.transaction(seal)
    expect((await cut(made.key.id, { dryRun: true }, grace)).evidence.events).toEqual([])
    const blind = { ...admin, scopes: ['keys:write'] }
    expect((await cut(made.key.id, { dryRun: true }, blind)).evidence.events).toEqual([])
    expect((await cut(made.key.id, { dryRun: true }, admin)).evidence.events).toHaveLength(1)
    const read = await rig.database.system.read((db) =>
      db.selectFrom('audit_events').select(['actor_id', 'after']).where('action', '=', 'audit.read').execute(),
    )
    expect(read.filter(({ after }) => after?.includes(made.key.id)).map((row) => row.actor_id)).toEqual([
      admin.memberId,
    ])
  })

  test('asked again it changes nothing more, and a key that was only revoked is marked, without a second replacement', async () => {
    const made = await rig.make()
    await cut(made.key.id)
    const before = await everything(made.key.id)
    const again = await cut(made.key.id)
    expect(again).toMatchObject({ replacement: null, replacementRefused: { code: 'key_is_revoked' } })
    expect(again.replacementRefused.detail).toContain(`/keys/${made.key.id}/replacement`)
    expect(again.effect).not.toBeNull()
    expect(await everything(made.key.id)).toEqual(before)
    const other = await rig.make()
    granted(await rig.verb('revoke', other.key.id, { reason: 'in haste' }))
    const marked = await cut(other.key.id)
    expect(marked.key).toMatchObject({
      status: 'revoked',
      stateReason: 'in haste',
      exposedAt: expect.stringMatching(/^2026/),
    })
    expect((await rig.events(other.key.id)).map(({ action }) => action).slice(1)).toEqual([
      'key.revoked',
      'key.compromised',
    ])
    expect(marked.replacement).toBeNull()
  })

  test('two who ask at the same time end it once and make one replacement', async () => {
    const made = await rig.make()
    const both = await Promise.all([cut(made.key.id), cut(made.key.id, {}, admin)])
    expect(both.filter(({ replacement }) => replacement !== null)).toHaveLength(1)
    const actions = (await rig.events(made.key.id)).map(({ action }) => action)
    expect(actions).toEqual(['key.created', 'key.compromised', 'key.revoked'])
  })

  test('however much was written into the log about it, it ends, and the answer holds the newest of that', async () => {
    const made = await rig.make()
    const { id, name } = made.key
    await rig.database.transaction(rig.organizationId, async (db) => {
      for (let at = 0; at < 45; at += 1)
        await insertEvent(db, rig.organizationId, {
          id: rig.keyDeps.newId('evt'),
          at: rig.clock.now(),
          requestId: 'req_AAAABBBBCCCCDDDD',
          actor: { kind: 'member', id: grace.memberId, name: 'grace' },
          action: 'key.updated',
          subject: { kind: 'key', id, name },
          after: { at, tools: 'x'.repeat(40_000) },
        })
    })
    await rig.database.system.transaction(seal)
    const { key, evidence } = await cut(id)
    expect(key.status).toBe('revoked')
    expect(JSON.stringify(evidence).length).toBeLessThan(1_100_000)
    expect(evidence.events.map(({ after }: Json) => after.at)).toEqual(Array.from({ length: 25 }, (_, n) => 44 - n))
  })

  test('rights that somebody narrows while it is under way do not come back with a replacement', async () => {
    const made = await rig.make({ projects: ['dev'], mcp: { servers: { mode: 'all' } } })
    const { id } = made.key
    let isNarrowed = false
    const narrowedMeanwhile: typeof rig.keyDeps.transaction = async (organizationId, work) => {
      if (!isNarrowed) {
        isNarrowed = true
        granted(await rig.call(rig.owner, 'PATCH /keys/:id', { params: { id }, body: { mcp: { enabled: false } } }))
      }
      return rig.keyDeps.transaction(organizationId, work)
    }
    const wasRead = async () => {}
    const deps = { ...rig.keyDeps, transaction: narrowedMeanwhile, wasRead }
    const slow = callRoute(compromiseRoutes(deps))
    const answer = granted<Json>(await slow(rig.owner, 'POST /keys/:id/compromise', { params: { id }, body: {} }))
    expect(answer.key).toMatchObject({ status: 'revoked', mcp: { enabled: false } })
    expect([answer.replacement, answer.replacementRefused.code]).toEqual([null, 'stale'])
    expect(await rig.answerTo(made.secret)).toBe('key_revoked')
  })

  test('a link that waited for its owner leads nowhere any more', async () => {
    const made: Json = granted(
      await rig.call(admin, 'POST /keys', { body: { name: 'x', owner: { type: 'member', id: grace.memberId } } }),
    )
    const { replacement } = await cut(made.key.id, {}, admin)
    expect(codeOf(await redeem(grace, made))).toBe('not_found')
    granted(await redeem(grace, replacement))
  })

  test('that no replacement can be made keeps nothing alive: a policy, an owner who is gone, one token, a decoy', async () => {
    const policies = (text: string) =>
      rig.database.system.transaction((db) => db.updateTable('organizations').set({ policies: text }).execute())
    const byPolicy = await rig.make({ expiresIn: 'never' })
    await policies(JSON.stringify({ maxExpiresIn: '30d' }))
    expect(await cut(byPolicy.key.id, { dryRun: true })).toMatchObject({
      replacementRefused: { code: 'policy_refused' },
    })
    const refused = await cut(byPolicy.key.id)
    await policies('{}')
    const eve = await rig.addMember('member')
    const orphan = await rig.make({}, eve)
    const decoy = await rig.make({ honey: true })
    await rig.database.system.transaction((db) =>
      db.updateTable('members').set({ state: 'removed' }).where('id', '=', eve.memberId).execute(),
    )
    for (const [answer, code] of [
      [refused, 'policy_refused'],
      [await cut(orphan.key.id), 'invalid'],
      [await cut(decoy.key.id), 'invalid'],
    ])
      expect(answer).toMatchObject({ key: { status: 'revoked' }, replacement: null, replacementRefused: { code } })
    expect(await rig.answerTo(byPolicy.secret)).toBe('key_revoked')
    expect(await rig.answerTo(orphan.secret)).toBe('key_revoked')
  })

  test('a suspended key is ended alike, and its replacement is not suspended', async () => {
    const made = await rig.make({ active: false })
    const { key, replacement } = await cut(made.key.id)
    expect([key.status, replacement.key.status]).toEqual(['revoked', 'active'])
  })

  test('B22 somebody else’s key, a deleted one and an unknown one are alike; an old ETag is refused before anything', async () => {
    const made = await rig.make()
    const gone = await rig.make()
    granted(await rig.call(rig.owner, 'DELETE /keys/:id', { params: { id: gone.key.id } }))
    for (const body of [{}, { dryRun: true }]) {
      for (const id of [gone.key.id, 'key_0000000000000000', 'a\0', '..'])
        expect(codeOf(await ask(id, body))).toBe('not_found')
      expect(codeOf(await ask(made.key.id, body, grace))).toBe('not_found')
      expect(codeOf(await ask(made.key.id, body, await rig.addMember('auditor')))).toBe('not_found')
      expect(codeOf(await ask(made.key.id, body, rig.owner, { ifMatch: '"x-1"' }))).toBe('stale')
    }
    expect(codeOf(await ask(made.key.id, { reason: 'a\u0000b' }))).toBe('invalid')
    expect(codeOf(await ask(made.key.id, { waitMs: -1 }))).toBe('invalid')
    expect(codeOf(await ask(made.key.id, { force: true }))).toBe('invalid')
    expect(await rig.answerTo(made.secret)).toBeNull()
    granted(await ask(made.key.id, {}, rig.owner, { ifMatch: `"${made.key.id}-1"` }))
  })
})
