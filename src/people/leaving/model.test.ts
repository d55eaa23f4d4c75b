import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import { decide } from '../../access/decide.ts'
import { subjectNow } from '../../control/access/world.ts'
import type { Database } from '../../db/database.ts'
import { keyRecord } from '../../keys/records/store.ts'
import { refusalOf } from '../../keys/standing.ts'
import { noteSignIn } from '../passwords/store.ts'
import type { Actor } from '../schema.ts'

type Holder = 'leaver' | 'heir' | 'team'
type Key = {
  owner: Holder
  byHand: boolean
  ended: boolean
  /** The version that is taken; null: none. */
  live: number | null
  /** Who may reveal the next secret; null: nobody waits for one. */
  claim: Holder | null
}
type Model = {
  member: 'active' | 'deactivated' | 'removed'
  isInvited: boolean
  keys: Key[]
}
type Real = {
  leaver: Actor
  heir: Actor
  team: string
  /** Of each key of the model: its id, every version that somebody was shown, and the newest link. */
  keys: { id: string; shown: number[]; link: string | null }[]
}

/** A model that is no more than this page: who left has no key that works, whatever anybody does. */
const isOn = (model: Model, key: Key): boolean =>
  !key.ended && !key.byHand && (key.owner !== 'leaver' || model.member === 'active')

onEachStore('a member comes, leaves, comes back, and is succeeded', (open, { dialect }) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let database: Database
  let server: { id: string; project: string }
  let rounds = 0
  /** Worlds in which nothing works, or nothing happens, would agree about everything. */
  const met = new Map<string, number>()

  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
    server = await world.addServer('wiki')
  })

  const newRound = async (): Promise<Real> => {
    rounds += 1
    const leaver = await world.addMember('member', `leaver-${rounds}`)
    const heir = await world.addMember('member', `heir-${rounds}`)
    const { team } = await world.ask('POST /teams', {
      body: { slug: `t-${rounds}`, members: [leaver.memberId, heir.memberId] },
    })
    return { leaver, heir, team: team.id, keys: [] }
  }
  const on = ({ leaver }: Real, verb: string, body: object = {}) =>
    world.call(world.owner, `POST /members/:id/${verb}`, { params: { id: leaver.memberId }, body })
  const onKey = (id: string, verb: string, actor: Actor) =>
    world.call(actor, `POST /keys/:id/${verb}`, { params: { id }, body: {} })
  const newest = (answer: { key: { secrets: { version: number }[] } }): number =>
    answer.key.secrets.at(-1)?.version ?? 0

  const agree = async (model: Model, real: Real): Promise<void> => {
    for (const [at, { id, shown }] of real.keys.entries()) {
      const key = model.keys[at]
      if (!key) throw new Error('the model has as many keys')
      const { record, verdict } = await database.system.read(async (db) => {
        const held = await keyRecord(db, world.organizationId, id)
        if (!held) throw new Error('a key is not there')
        const subject = await subjectNow(db, held, { address: '127.0.0.1', gateway: 'gwy_any' })
        const target = { id: server.id, project: server.project }
        const call = { kind: 'mcp', server: target, method: 'tools/list', tool: null } as const
        return { record: held, verdict: decide(subject, call, world.clock.now) }
      })
      for (const version of shown) {
        const works = verdict.kind === 'allow' && refusalOf(record, version, world.clock.now) === null
        const what = works ? 'works' : away(model, key) ? 'away' : 'refused'
        met.set(what, (met.get(what) ?? 0) + 1)
        expect(works, `version ${version} of key ${at}`).toBe(isOn(model, key) && version === key.live)
      }
      const isOff = key.byHand || (key.owner === 'leaver' && model.member !== 'active')
      expect(record.state).toBe(key.ended ? 'revoked' : isOff ? 'suspended' : 'active')
    }
    const found = await world.call(world.owner, 'GET /members/:id', { params: { id: real.leaver.memberId } })
    const status = model.member === 'active' && model.isInvited ? 'invited' : model.member
    expect(found.ok ? found.value.member.status : 'removed').toBe(status)
  }

  type Command = fc.AsyncCommand<Model, Real>
  const command = (
    name: string,
    run: (model: Model, real: Real) => Promise<void>,
    check = (_model: Model) => true,
  ) => ({
    check,
    run: async (model: Model, real: Real) => {
      await run(model, real)
      await agree(model, real)
    },
    toString: () => name,
  })
  const pick = (model: Model, real: Real, n: number) => {
    const at = n % model.keys.length
    const [key, held] = [model.keys[at], real.keys[at]]
    if (!key || !held) throw new Error('a command that needs a key ran without one')
    return { key, held }
  }
  const hasKeys = (model: Model) => model.keys.length > 0
  const away = (model: Model, key: Key) => key.owner === 'leaver' && model.member !== 'active'

  const create = (owner: 'leaver' | 'team', by: 'himself' | 'admin'): Command =>
    command(
      `create for ${owner} by ${by}`,
      async (model, real) => {
        const whose = owner === 'team' ? { type: 'team', id: real.team } : { type: 'member', id: real.leaver.memberId }
        const body = { name: 'k', mcp: { servers: { mode: 'all' } }, owner: whose }
        const made = await world.call(by === 'himself' ? real.leaver : world.owner, 'POST /keys', { body })
        if (owner === 'leaver' && model.member !== 'active') return expect(codeOf(made)).toBe('invalid')
        if (!made.ok) throw new Error(JSON.stringify(made.problem))
        const isShown = made.value.secret !== undefined
        model.keys.push({
          ...{ owner, byHand: false, ended: false },
          live: isShown ? 1 : null,
          claim: isShown ? null : 'leaver',
        })
        real.keys.push({ id: made.value.key.id, shown: isShown ? [1] : [], link: made.value.claim?.url ?? null })
      },
      // Whoever is away cannot ask.
      (model) => by === 'admin' || model.member === 'active',
    )

  const turn = (verb: 'suspend' | 'resume' | 'revoke', n: number): Command =>
    command(
      `${verb} ${n}`,
      async (model, real) => {
        const { key, held } = pick(model, real, n)
        const code = codeOf(await onKey(held.id, verb, world.owner))
        if (verb === 'revoke') {
          key.ended = true
          return expect(code).toBeNull()
        }
        if (key.ended) return expect(code).toBe('key_is_revoked')
        if (verb === 'resume' && away(model, key)) return expect(code).toBe('owner_left')
        key.byHand = verb === 'suspend'
        expect(code).toBeNull()
      },
      hasKeys,
    )

  const rotate = (by: 'owner' | 'admin', n: number): Command =>
    command(
      `rotate ${n} by ${by}`,
      async (model, real) => {
        const { key, held } = pick(model, real, n)
        const owner = { leaver: real.leaver, heir: real.heir, team: real.heir }[key.owner]
        const done = await onKey(held.id, 'rotate', by === 'owner' && !away(model, key) ? owner : world.owner)
        if (key.ended) return expect(codeOf(done)).toBe('key_is_revoked')
        if (away(model, key)) return expect(codeOf(done)).toBe('owner_left')
        if (!done.ok) throw new Error(JSON.stringify(done.problem))
        const isShown = done.value.secret !== undefined
        key.live = isShown ? newest(done.value) : null
        key.claim = isShown ? null : key.owner
        if (isShown) held.shown.push(newest(done.value))
        held.link = done.value.claim?.url ?? null
      },
      hasKeys,
    )

  const claim = (n: number, wrongly: boolean): Command =>
    command(
      `${wrongly ? 'claim wrongly' : 'claim'} ${n}`,
      async (model, real) => {
        const { key, held } = pick(model, real, n)
        const { leaver, heir } = real
        const right = { leaver, heir, team: heir }[key.owner]
        const actor = wrongly ? (right === heir ? leaver : heir) : right
        const code = new URL(held.link ?? 'https://control.example/claim#none').hash.slice(1)
        const done = await world.call(actor, 'POST /claims', { body: { code } })
        if (key.claim === null || key.ended || (wrongly && key.owner !== 'team'))
          return expect(['not_found', 'claim_used']).toContain(codeOf(done))
        if (!done.ok) return expect([key.owner, model.member]).toEqual(['team', 'removed'])
        key.claim = null
        key.live = newest(done.value)
        held.shown.push(newest(done.value))
      },
      hasKeys,
    )

  const drop = (model: Model) => {
    for (const key of model.keys) if (key.owner === 'leaver') key.claim = null
    model.isInvited = false
  }
  const leave = command('deactivate', async (model, real) => {
    const code = codeOf(await on(real, 'deactivate'))
    if (model.member === 'removed') return expect(code).toBe('not_found')
    model.member = 'deactivated'
    drop(model)
  })
  const comeBack = command('activate', async (model, real) => {
    const code = codeOf(await on(real, 'activate'))
    if (model.member === 'removed') return expect(code).toBe('not_found')
    model.member = 'active'
  })
  const remove = command('remove', async (model, real) => {
    await world.call(world.owner, 'DELETE /members/:id', { params: { id: real.leaver.memberId } })
    model.member = 'removed'
    drop(model)
  })
  const transfer = (to: 'heir' | 'team'): Command =>
    command(`transfer to the ${to}`, async (model, real) => {
      const heir = to === 'team' ? { type: 'team', id: real.team } : { type: 'member', id: real.heir.memberId }
      const done = await on(real, 'transfer', { to: heir })
      if (model.member === 'active') return expect(codeOf(done)).toBe('in_use')
      if (!done.ok) throw new Error(JSON.stringify(done.problem))
      const links = new Map<string, string>(
        done.value.keys.map((key: { id: string; claim: { url: string } }) => [key.id, key.claim.url]),
      )
      for (const [at, key] of model.keys.entries()) {
        const held = real.keys[at]
        const isHis = key.owner === 'leaver' && !key.ended
        expect(links.has(held?.id ?? '')).toBe(isHis)
        if (!isHis || !held) continue
        Object.assign(key, { owner: to, live: null, claim: to })
        held.link = links.get(held.id) ?? null
      }
    })
  const signIn = command(
    'sign in',
    async (model, real) => {
      const note = (db: Parameters<Parameters<Database['system']['transaction']>[0]>[0]) =>
        noteSignIn(db, world.organizationId, real.leaver.memberId, world.clock.now)
      await database.system.transaction(note)
      model.isInvited = false
    },
    (model) => model.member === 'active',
  )

  const which = fc.nat(5)
  const commands = fc.commands(
    [
      fc.constantFrom(create('leaver', 'himself'), create('leaver', 'admin'), create('team', 'admin')),
      fc.tuple(fc.constantFrom('suspend', 'resume', 'revoke'), which).map(([verb, n]) => turn(verb, n)),
      fc.tuple(fc.constantFrom('owner', 'admin'), which).map(([by, n]) => rotate(by, n)),
      fc.tuple(which, fc.boolean()).map(([n, wrongly]) => claim(n, wrongly)),
      fc.constantFrom<Command>(leave, comeBack, remove, transfer('heir'), transfer('team'), signIn),
    ],
    { maxCommands: 20, size: '+1' },
  )

  test('M15 R13 B31 at no moment works a personal key of somebody who left', { timeout: 120_000 }, async () => {
    const setup = async () => ({
      model: { member: 'active', isInvited: true, keys: [] } satisfies Model as Model,
      real: await newRound(),
    })
    await fc.assert(
      fc.asyncProperty(commands, (asked) => fc.asyncModelRun(setup, asked)),
      { numRuns: dialect === 'sqlite' ? 40 : 12 },
    )
    // A dozen rounds may happen to miss one of them, forty do not.
    if (dialect === 'postgres') return
    for (const what of ['works', 'away', 'refused']) expect(met.get(what), what).toBeGreaterThan(0)
  })
})
