import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { callRoute, createKeyring, type Keyring } from '../../test/keyring.ts'
import { bornAt, type ModelKey, type Outcome, statusAt, toldAt, verbs } from '../../test/keys/state-model.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { etagOf } from '../http/etag.ts'
import { ok, type Result } from '../problems.ts'
import { copyName } from './copies/input.ts'
import { rotationRoutes } from './rotation/routes.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'
import { refusalOf } from './standing.ts'
import { findKey } from './store.ts'

const dayMs = 86_400_000
/** Where the process dies: before the commit, so that nothing was, or after it, so that only the answer is lost. */
type Crash = 'none' | 'before' | 'after'
class Crashed extends Error {}

type Command = {
  readonly on: number
  readonly ifMatch: 'none' | 'current' | 'stale'
  readonly crash: Crash
  /** Sent once more, as a client does that has heard no answer. */
  readonly isRepeated: boolean
  readonly act: Act
}
type Act =
  | { readonly verb: 'create'; readonly active: boolean; readonly days: number | null }
  | { readonly verb: 'suspend' | 'revoke'; readonly reason: string | null }
  | { readonly verb: 'resume' | 'remove' | 'duplicate' | 'replacement' }
  | { readonly verb: 'rotate'; readonly graceDays: number }
  | { readonly verb: 'patch'; readonly patch: Patch }
  | { readonly verb: 'wait'; readonly days: number }
type Patch = { name?: string; tags?: string[]; active?: boolean; days?: number | null }

const reason = fc.constantFrom(null, 'leaked', 'on leave')
const days = fc.constantFrom(null, 1, 20, 40)
const patch = fc.record(
  {
    name: fc.constantFrom('one', 'two'),
    tags: fc.constantFrom<string[][]>([], ['a'], ['b', 'a']),
    active: fc.boolean(),
    days,
  },
  { requiredKeys: [] },
)
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ verb: fc.constant('create'), active: fc.boolean(), days }),
  fc.record({ verb: fc.constantFrom('suspend', 'suspend', 'suspend', 'revoke'), reason }),
  fc.record({ verb: fc.constantFrom('resume', 'resume', 'remove', 'duplicate', 'replacement') }),
  fc.record({ verb: fc.constant('rotate'), graceDays: fc.constantFrom(0, 1, 20) }),
  { arbitrary: fc.record({ verb: fc.constant('patch'), patch }), weight: 2 },
  fc.record({ verb: fc.constant('wait'), days: fc.constantFrom(1, 19, 30) }),
)
const command: fc.Arbitrary<Command> = fc.record({
  on: fc.constantFrom(0, 0, 0, 1, 2),
  ifMatch: fc.constantFrom('none', 'none', 'none', 'current', 'stale'),
  crash: fc.constantFrom('none', 'none', 'none', 'none', 'before', 'after'),
  isRepeated: fc.boolean(),
  act,
})

onEachStore('the states of a key, against a model', (open) => {
  let database: Database
  let ring: Keyring
  let crash: Crash = 'none'
  let call: ReturnType<typeof callRoute>

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    const transaction: Database['transaction'] = async (organizationId, work) => {
      const dies = crash
      crash = 'none'
      const done = await database.transaction(organizationId, async (db) => {
        const value = await work(db)
        if (dies === 'before') throw new Crashed()
        return value
      })
      if (dies === 'after') throw new Crashed()
      return done
    }
    // What a secret is hashed with is another matter; here it would be all of the time.
    const hash = async () => ok({ phc: 'none', gate: 1, pepperId: 'root1' })
    const deps = { ...ring.keyDeps, transaction, hash }
    call = callRoute([...keyRoutes(deps), ...rotationRoutes(deps)])
  })

  test('A10 A13 A17 A26 A27 A28 A36 B13 B14 B29 B30 D09 D10 D52 D55 D56 D57 D62 no order of commands, repeats, stale ones and crashes makes a key other than its model', async () => {
    const play = fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 20 }), async (commands) => {
      const world = createWorld(ring, database, call, (at) => {
        crash = at
      })
      await world.create({ verb: 'create', active: true, days: null }, 'none')
      for (const each of commands) await world.run(each)
    })
    await fc.assert(play, { numRuns: 40 })
  }, 120_000)
})

/** Keys and their models side by side. */
function createWorld(
  ring: Keyring,
  database: Database,
  call: ReturnType<typeof callRoute>,
  arm: (crash: Crash) => void,
) {
  const { organizationId } = ring.owner
  const keys = new Map<string, ModelKey>()
  const now = () => ring.clock.now()
  const until = (count: number | null) => (count === null ? null : now() + count * dayMs)
  const expiry = (at: number | null) => (at === null ? null : new Date(at).toISOString())

  /** Null: it died before it could answer. */
  const send = async (at: Crash, route: string, given: object): Promise<Result<unknown> | null> => {
    arm(at)
    try {
      return await call(ring.owner, route, given)
    } catch (error) {
      if (error instanceof Crashed) return null
      throw error
    } finally {
      arm('none')
    }
  }

  /** Whatever was made since is one new row. */
  const born = async (
    at: Crash,
    route: string,
    given: object,
    make: (id: string) => ModelKey,
  ): Promise<Result<unknown> | null> => {
    const before = new Set(await allIds(database))
    const answer = await send(at, route, given)
    const fresh = (await allIds(database)).filter((id) => !before.has(id))
    const isMade = answer === null ? at === 'after' : answer.ok
    expect(fresh).toHaveLength(isMade ? 1 : 0)
    for (const id of fresh) keys.set(id, make(id))
    return answer
  }

  const create = async (act: Extract<Act, { verb: 'create' }>, at: Crash) => {
    const [name, expiresAt] = ['key', until(act.days)]
    const body = { name, active: act.active, expiresAt: expiry(expiresAt) }
    await born(at, 'POST /keys', { body }, () => bornAt(now(), { name, active: act.active, expiresAt }))
  }

  const copy = async (id: string, key: ModelKey, verb: 'duplicate' | 'replacement', at: Crash) => {
    const isRefused =
      key.state === 'deleted' ? 'not_found' : verb === 'replacement' && key.state !== 'revoked' ? 'in_use' : null
    const name = verb === 'duplicate' ? copyName(key.name) : key.name
    const isOver = key.expiresAt !== null && key.expiresAt <= now()
    const expiresAt = isOver ? now() + (key.expiresAt ?? 0) - key.createdAt : key.expiresAt
    const made = (): ModelKey => ({ ...bornAt(now(), { name, active: true, expiresAt }), tags: key.tags })
    const answer = await born(at, `POST /keys/:id/${verb}`, { params: { id } }, made)
    if (isRefused !== null || answer !== null) expect([verb, codeIn(answer)]).toEqual([verb, isRefused])
  }

  const change = async (id: string, key: ModelKey, { act, ifMatch, crash }: Command) => {
    const wanted = asked(act, key, now(), until)
    if (!wanted) return
    const isStale = ifMatch === 'stale' && key.state !== 'deleted'
    const expected: Outcome = isStale ? { code: 'stale' } : wanted.outcome
    const tag = { none: null, current: etagOf({ id, ...key }), stale: etagOf({ id, revision: key.revision + 1 }) }[
      ifMatch
    ]
    const answer = await send(crash, wanted.route, { params: { id }, body: wanted.body, ifMatch: tag })
    if (answer !== null) expect([act, codeIn(answer)]).toEqual([act, 'code' in expected ? expected.code : null])
    const isDone = 'key' in expected && (answer !== null || crash === 'after')
    if (isDone) keys.set(id, expected.key)
  }

  const step = async (command: Command): Promise<void> => {
    const { act, crash } = command
    const [id, key] = [...keys][command.on % keys.size] ?? ['', null]
    if (act.verb === 'wait') ring.clock.forward(act.days * dayMs)
    else if (act.verb === 'create') await create(act, crash)
    else if (!key) throw new Error('there is always a key')
    else if (act.verb === 'duplicate' || act.verb === 'replacement') await copy(id, key, act.verb, crash)
    else await change(id, key, command)
    for (const [each, model] of keys) await isAs(each, model)
  }

  const isAs = async (id: string, model: ModelKey): Promise<void> => {
    const stored = await database.read(organizationId, (db) => findKey(db, organizationId, id))
    if (!stored) throw new Error(`no row of ${id}`)
    const told = model.versions.map((each) => [each.version, toldAt(model, each, now())])
    expect(stored.record.versions.map(({ version }) => [version, refusalOf(stored.record, version, now())])).toEqual(
      told,
    )
    expect(await eventsOf(database, id)).toEqual(model.events)
    const answer = await call(ring.owner, 'GET /keys/:id', { params: { id } })
    if (model.state === 'deleted') {
      expect([codeIn(answer), stored.record.name]).toEqual(['not_found', model.name])
      return
    }
    if (!answer.ok) throw new Error(JSON.stringify(answer.problem))
    const { key } = answer.value as { key: KeyView }
    const { name, tags, status, stateReason, revision, expiresAt } = key
    expect({ name, tags, status, stateReason, revision, expiresAt }).toEqual({
      name: model.name,
      tags: model.tags,
      status: statusAt(model, now()),
      stateReason: model.reason,
      revision: model.revision,
      expiresAt: expiry(model.expiresAt),
    })
  }

  return {
    create,
    run: async (command: Command): Promise<void> => {
      await step(command)
      if (command.isRepeated) await step({ ...command, crash: 'none' })
    },
  }
}

type Asked = { readonly route: string; readonly body: object; readonly outcome: Outcome }

/** The call that an act is, and what the model makes of it. */
function asked(act: Act, key: ModelKey, now: number, until: (days: number | null) => number | null): Asked | null {
  switch (act.verb) {
    case 'suspend':
    case 'revoke':
      return {
        route: `POST /keys/:id/${act.verb}`,
        body: act.reason === null ? {} : { reason: act.reason },
        outcome: verbs[act.verb](key, act.reason),
      }
    case 'resume':
      return { route: 'POST /keys/:id/resume', body: {}, outcome: verbs.resume(key) }
    case 'remove':
      return { route: 'DELETE /keys/:id', body: {}, outcome: verbs.remove(key) }
    case 'rotate': {
      const body = act.graceDays === 0 ? {} : { mode: 'grace', graceSeconds: (act.graceDays * dayMs) / 1000 }
      return { route: 'POST /keys/:id/rotate', body, outcome: verbs.rotate(key, now, act.graceDays * dayMs) }
    }
    case 'patch': {
      const { days: count, active, ...rest } = act.patch
      const at = count === undefined ? undefined : until(count)
      const fields = at === undefined ? rest : { ...rest, expiresAt: at }
      const body = {
        ...rest,
        ...(active === undefined ? {} : { active }),
        ...(at === undefined ? {} : { expiresAt: at === null ? null : new Date(at).toISOString() }),
      }
      return { route: 'PATCH /keys/:id', body, outcome: verbs.patch(key, fields, active ?? null) }
    }
    default:
      return null
  }
}

const codeIn = (answer: Result<unknown> | null): string | null =>
  answer === null || answer.ok ? null : answer.problem.code

const allIds = (database: Database): Promise<string[]> =>
  database.system.read(async (db) => (await db.selectFrom('keys').select('id').execute()).map(({ id }) => id))

const eventsOf = (database: Database, id: string): Promise<string[]> =>
  database.system.read(async (db) => {
    const rows = await db
      .selectFrom('audit_events')
      .select('action')
      .where('subject_id', '=', id)
      .orderBy('row_id')
      .execute()
    return rows.map(({ action }) => action)
  })
