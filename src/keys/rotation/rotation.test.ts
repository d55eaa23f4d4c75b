import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { createRotationRig, type RotationRig } from '../../../test/rotation-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import { settleRotations } from './settle.ts'

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
const iso = (at: number) => new Date(at).toISOString()

onEachStore('rotation', (open) => {
  let rig: RotationRig
  const now = () => rig.clock.now()
  const settle = () => settleRotations(rig.keyDeps)(() => false)

  beforeAll(async () => {
    rig = await createRotationRig(await open())
  })

  test('A23 A25 C16 D53 without a mode the old secret ends at once; id, name, rights and owner stay', async () => {
    const { key, secret } = await rig.make({ name: 'renewed', projects: [], tags: ['a'] })
    rig.clock.forward(minute)
    const answer = await rig.rotate(key.id)
    expect(answer.secret).not.toBe(secret)
    expect(answer.secret.slice(0, 22)).toBe(secret.slice(0, 22))
    expect([await rig.answerTo(secret), await rig.answerTo(answer.secret)]).toEqual(['key_revoked', null])
    const { id, name, projects, mcp, owner, tags, createdAt } = key
    expect(answer.key).toMatchObject({ id, name, projects, mcp, owner, tags, createdAt })
    expect(answer.previous).toEqual({ version: 1, validUntil: iso(now()) })
    expect(answer.rotation).toMatchObject({ mode: 'immediate', state: 'finished', from: 1, to: 2, endedAt: iso(now()) })
    expect(answer.effect).toBeDefined()
    expect(rig.proofs.at(-1)).toEqual({ id: key.id, token: answer.secret })
    expect((await rig.record(key.id)).epoch).toBe(2)
  })

  test('M2 R6 in the grace time both secrets are taken, at its end one', async () => {
    const { key, secret } = await rig.make()
    const answer = await rig.rotate(key.id, { mode: 'grace', graceSeconds: 3600 })
    expect(answer.previous).toEqual({ version: 1, validUntil: iso(now() + hour) })
    expect((await rig.record(key.id)).epoch).toBe(1)
    rig.clock.forward(hour - 1)
    expect([await rig.answerTo(secret), await rig.answerTo(answer.secret)]).toEqual([null, null])
    rig.clock.forward(1)
    expect([await rig.answerTo(secret), await rig.answerTo(answer.secret)]).toEqual(['key_revoked', null])
    const meter = await rig.get('/keys/:id/rotation', key.id)
    expect(meter.rotation).toMatchObject({ state: 'finished', endedAt: iso(now()) })
    await settle()
    expect(await rig.open(key.id)).toBeNull()
    expect((await rig.events(key.id)).at(-1)).toMatchObject({
      action: 'key.rotation-finished',
      actor: 'system',
      after: { version: 2, previousLastUsedAt: null },
    })
  })

  test('M2 with on-first-use the grace of the old secret begins with the first call with the new one', async () => {
    const { key, secret } = await rig.make()
    const terms = { mode: 'on-first-use', graceSeconds: 600, deadlineSeconds: 86_400 }
    const answer = await rig.rotate(key.id, terms)
    expect(answer.previous.validUntil).toBe(iso(now() + day))
    rig.clock.forward(hour)
    expect(await rig.answerTo(secret)).toBeNull()
    await rig.use(key.id, 2)
    await rig.use(key.id, 2)
    expect((await rig.record(key.id)).versions[0]?.validUntil).toBe(now() + 10 * minute)
    const used = (await rig.events(key.id)).filter(({ action }) => action === 'key.rotation-used')
    expect(used).toHaveLength(1)
    rig.clock.forward(10 * minute)
    expect([await rig.answerTo(secret), await rig.answerTo(answer.secret)]).toEqual(['key_revoked', null])
  })

  test('the deadline counts where the first use comes late or never, and a lost note of it is found again', async () => {
    const [late, never, lost] = [await rig.make(), await rig.make(), await rig.make()]
    for (const { key } of [late, never, lost])
      await rig.rotate(key.id, { mode: 'on-first-use', graceSeconds: 7200, deadlineSeconds: 3600 })
    rig.clock.forward(50 * minute)
    await rig.use(late.key.id, 2)
    await rig.use(lost.key.id, 2, false)
    expect(await rig.answerTo(late.secret)).toBeNull()
    await settle()
    expect((await rig.open(lost.key.id))?.firstUsedAt).toBe(now())
    rig.clock.forward(10 * minute)
    for (const { secret } of [late, never, lost]) expect(await rig.answerTo(secret)).toBe('key_revoked')
  })

  test('at most two secrets are taken: the next rotation ends the older one', async () => {
    const { key } = await rig.make()
    for (const expected of [
      [1, 2],
      [2, 3],
      [3, 4],
    ]) {
      rig.clock.forward(1)
      await rig.rotate(key.id, { mode: 'grace', graceSeconds: 86_400 })
      expect(await rig.live(key.id)).toEqual(expected)
    }
    const { items } = await rig.get('/rotations', '', rig.owner, { key: key.id })
    expect(items.map(({ state }: { state: string }) => state)).toEqual(['draining', 'finished', 'finished'])
    await rig.rotate(key.id)
    expect(await rig.live(key.id)).toEqual([5])
    // What ends soon is not given more time by another rotation.
    await rig.rotate(key.id, { mode: 'grace', graceSeconds: 60 })
    rig.clock.forward(59_000)
    await rig.rotate(key.id, { mode: 'grace', graceSeconds: 86_400 })
    expect(await rig.live(key.id)).toEqual([6, 7])
  })

  test('A24 C18 M2 the answer names who has called with the old secret within 30 days, the meter who does with which', async () => {
    const { key } = await rig.make()
    await rig.see(key.id, 1, 'claude-code/2.1', '10.0.0.7', hour)
    await rig.see(key.id, 1, 'long-gone/1', '10.0.0.8', 31 * day)
    const answer = await rig.rotate(key.id, { mode: 'grace' })
    const laggard = { version: 1, client: 'claude-code/2.1', address: '10.0.0.7', requests: 3 }
    expect(answer.clients).toMatchObject([laggard])
    await rig.see(key.id, 1, 'cursor/3', '10.0.0.9', minute)
    await rig.see(key.id, 2, 'cursor/3', '10.0.0.9')
    await rig.see(key.id, 2, 'claude-code/2.1', '10.0.0.99')
    const { rotation, versions } = await rig.get('/keys/:id/rotation', key.id)
    expect(rotation).toMatchObject({ id: answer.rotation.id, state: 'draining' })
    expect(versions).toMatchObject([
      {
        version: 1,
        validUntil: iso(now() + day),
        clients: [
          { client: 'cursor/3', movedAt: iso(now()) },
          { ...laggard, movedAt: null },
        ],
      },
      { version: 2, validUntil: null, clients: [{ client: 'claude-code/2.1' }, { client: 'cursor/3', movedAt: null }] },
    ])
    const ofDays = async (days: number) => (await rig.get('/keys/:id/clients', key.id, rig.owner, { days })).items
    expect(await ofDays(30)).toHaveLength(4)
    expect((await ofDays(60)).at(-1)).toMatchObject({ client: 'long-gone/1' })
  })

  test('M2 finish ends the old secret now, and asked again answers the same', async () => {
    const { key, secret } = await rig.make()
    expect(await rig.refusal('rotation/finish', key.id)).toBe('not_found')
    const { secret: fresh } = await rig.rotate(key.id, { mode: 'grace' })
    rig.clock.forward(minute)
    for (const _ of ['first', 'again']) {
      const { effect } = await rig.done('rotation/finish', key.id)
      expect(effect).toBeDefined()
      expect([await rig.answerTo(secret), await rig.answerTo(fresh)]).toEqual(['key_revoked', null])
    }
    expect((await rig.record(key.id)).epoch).toBe(2)
    const finished = (await rig.events(key.id)).filter(({ action }) => action === 'key.rotation-finished')
    expect(finished).toMatchObject([{ actor: rig.owner.memberId, before: { version: 1 }, after: { version: 2 } }])
    expect(await rig.refusal('rotation/undo', key.id)).toBe('not_found')
  })

  test('M2 undo makes the old secret the current one again while it is taken, and ends the new one', async () => {
    const { key, secret } = await rig.make()
    const { secret: fresh } = await rig.rotate(key.id, { mode: 'on-first-use' })
    rig.clock.forward(minute)
    await rig.done('rotation/undo', key.id)
    await rig.done('rotation/undo', key.id)
    rig.clock.forward(30 * day)
    expect([await rig.answerTo(secret), await rig.answerTo(fresh)]).toEqual([null, 'key_revoked'])
    expect((await rig.events(key.id)).filter(({ action }) => action === 'key.rotation-undone')).toHaveLength(1)
    expect(await rig.refusal('rotation/finish', key.id)).toBe('not_found')
    // The numbers go on: a secret that ended never comes back under another.
    const third = await rig.rotate(key.id)
    expect(third.rotation).toMatchObject({ from: 1, to: 3 })
    const over = await rig.make()
    await rig.rotate(over.key.id, { mode: 'grace', graceSeconds: 60 })
    rig.clock.forward(minute)
    expect(await rig.refusal('rotation/undo', over.key.id)).toBe('not_found')
    expect(await rig.answerTo(over.secret)).toBe('key_revoked')
  })

  test('M2 a silent old secret ends before its time, but not before somebody uses the new one', async () => {
    const [{ key, secret }, other] = [await rig.make(), await rig.make()]
    for (const { id } of [key, other.key])
      await rig.rotate(id, { mode: 'grace', graceSeconds: 20 * 86_400, silentSeconds: 7200 })
    rig.clock.forward(hour)
    await rig.use(key.id, 2)
    await rig.use(key.id, 1)
    rig.clock.forward(hour + minute)
    await settle()
    expect(await rig.answerTo(secret)).toBeNull()
    rig.clock.forward(hour)
    await settle()
    expect(await rig.answerTo(secret)).toBe('key_revoked')
    expect(await rig.open(key.id)).toBeNull()
    expect(await rig.live(other.key.id)).toEqual([1, 2])
    rig.clock.forward(20 * day)
    await settle()
    expect(await rig.open(other.key.id)).toBeNull()
  })

  test('G10 terms that mean nothing or are out of bounds, and fields that nobody knows, are refused', async () => {
    const { key } = await rig.make()
    for (const body of [
      { mode: 'slow' },
      { graceSeconds: 60 },
      { mode: 'immediate', deadlineSeconds: 60 },
      { mode: 'grace', graceSeconds: -1 },
      { mode: 'grace', graceSeconds: 30 * 86_400 + 1 },
      { mode: 'on-first-use', deadlineSeconds: 0 },
      { mode: 'on-first-use', deadlineSeconds: 90 * 86_400 + 1 },
      { mode: 'grace', silentSeconds: 59 },
      { mode: 'grace', limits: {} },
      { version: 1 },
    ])
      expect([body, await rig.refusal('rotate', key.id, body)]).toEqual([body, 'invalid'])
    expect(await rig.live(key.id)).toEqual([1])
  })

  test('G10 B22 to a member somebody else’s key and its rotations are not there, and an unknown one is to nobody', async () => {
    const member = await rig.addMember('member')
    const { key } = await rig.make()
    const { rotation } = await rig.rotate(key.id, { mode: 'grace' })
    const shown = (route: string, id: string) => rig.call(member, route, { params: { id } })
    for (const name of ['rotate', 'rotation/finish', 'rotation/undo', 'claim'])
      expect([name, await rig.refusal(name, key.id, {}, member)]).toEqual([name, 'not_found'])
    for (const route of ['GET /keys/:id/rotation', 'GET /keys/:id/clients', 'DELETE /keys/:id/claim'])
      expect([route, codeOf(await shown(route, key.id))]).toEqual([route, 'not_found'])
    expect(codeOf(await shown('GET /rotations/:id', rotation.id))).toBe('not_found')
    for (const id of ['key_0000000000000000', 'rot_0000000000000000', '\0', ''])
      expect(codeOf(await rig.call(rig.owner, 'GET /rotations/:id', { params: { id } }))).toBe('not_found')
    const mine = await rig.make({}, member)
    const own = await rig.rotate(mine.key.id, {}, member)
    const { items, total } = await rig.get('/rotations', '', member)
    expect([items.map(({ id }: { id: string }) => id), total]).toEqual([[own.rotation.id], 1])
    expect((await rig.get('/rotations/:id', own.rotation.id, member)).rotation.id).toBe(own.rotation.id)
  })

  test('rotations are listed the last one first, page after page, and by key and state', async () => {
    const { key } = await rig.make()
    const ids: string[] = []
    for (let n = 0; n < 5; n += 1) {
      rig.clock.forward(minute)
      ids.unshift((await rig.rotate(key.id, { mode: 'grace' })).rotation.id)
    }
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await rig.get('/rotations', '', rig.owner, { key: key.id, limit: 2, ...(cursor ? { cursor } : {}) })
      expect(page.total).toBe(5)
      expect(page.refs[key.id]).toEqual({ slug: null, name: 'ci' })
      seen.push(...page.items.map(({ id }: { id: string }) => id))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(ids)
    const draining = await rig.get('/rotations', '', rig.owner, { key: key.id, state: 'draining' })
    expect(draining.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 1))
    expect((await rig.get('/rotations', '', rig.owner, { key: 'key_0000000000000000' })).items).toEqual([])
    const foreign = await rig.call(rig.owner, 'GET /rotations', { query: { cursor: 'bm9uc2Vuc2U' } })
    expect(codeOf(foreign)).toBe('bad_cursor')
  })

  test('what was revoked or deleted has no next secret, and a suspended key has one that waits with it', async () => {
    const { key } = await rig.make()
    await rig.done('suspend', key.id)
    const { secret } = await rig.rotate(key.id)
    expect(await rig.answerTo(secret)).toBe('key_inactive')
    await rig.done('revoke', key.id)
    for (const name of ['rotate', 'rotation/finish', 'rotation/undo'])
      expect([name, await rig.refusal(name, key.id)]).toEqual([name, 'key_is_revoked'])
    const gone = await rig.make()
    await rig.rotate(gone.key.id, { mode: 'grace' })
    expect(codeOf(await rig.call(rig.owner, 'DELETE /keys/:id', { params: { id: gone.key.id } }))).toBeNull()
    expect(await rig.refusal('rotate', gone.key.id)).toBe('not_found')
    expect((await rig.get('/rotations', '', rig.owner, { key: gone.key.id })).items).toEqual([])
  })

  test('G1 no event, no rotation and no answer but the one holds the secret', async () => {
    const { key, secret } = await rig.make()
    const { secret: fresh } = await rig.rotate(key.id, { mode: 'grace' })
    const shown = [
      await rig.get('/keys/:id', key.id),
      await rig.get('/keys/:id/rotation', key.id),
      await rig.get('/rotations', ''),
      ...(await rig.events(key.id)).map(({ text }) => text),
    ]
    for (const one of [secret, fresh]) expect(JSON.stringify(shown)).not.toContain(one.slice(22, 60))
  })
})
