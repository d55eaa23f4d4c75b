import { beforeAll, beforeEach, expect, test } from 'vitest'
import { codeOf } from '../../../../test/keyring.ts'
import { createScheduleRig, dayMs, dueMs, failing, type ScheduleRig, webhook } from '../../../../test/schedule-rig.ts'
import { addOrganization, onEachStore } from '../../../../test/stores.ts'
import { refuse } from '../../../problems.ts'

const [minute, hour] = [60_000, 3_600_000]

onEachStore('rotation by schedule', (open) => {
  let rig: ScheduleRig
  const actions = async (id: string) => (await rig.events(id)).map(({ action }) => action)
  const rotations = async (id: string) => (await rig.get('/rotations', '', rig.owner, { key: id })).items

  beforeAll(async () => {
    rig = await createScheduleRig(await open())
  })
  beforeEach(() => rig.settled())

  test('C25 B40 a due secret is made, delivered, and the old one ends after the first call with it', async () => {
    const { key, secret } = await rig.scheduled()
    rig.clock.forward(9 * dayMs)
    await rig.tick()
    expect(rig.received).toEqual([])
    rig.clock.forward(2 * dayMs)
    await rig.tick()
    const [fresh = ''] = rig.secretsFor(key.id)
    expect(rig.received).toMatchObject([{ type: 'key.rotated', data: { key: { id: key.id, name: 'ci' }, version: 2 } }])
    expect([await rig.answerTo(secret), await rig.answerTo(fresh)]).toEqual([null, null])
    expect(rig.proofs.at(-1)).toEqual({ id: key.id, token: fresh })
    expect(await rotations(key.id)).toMatchObject([{ state: 'draining', webhook, startedBy: 'system', attempts: 1 }])
    rig.clock.forward(hour)
    await rig.use(key.id, 2)
    rig.clock.forward(minute)
    await rig.tick()
    expect([await rig.answerTo(secret), await rig.answerTo(fresh)]).toEqual(['key_revoked', null])
    expect((await actions(key.id)).slice(-4)).toEqual([
      'key.rotated',
      'key.rotation-delivered',
      'key.rotation-used',
      'key.rotation-finished',
    ])
    const due = Date.parse((await rig.get('/keys/:id', key.id)).key.rotationDueAt)
    expect(Math.abs(due - rig.clock.now() - 10 * dayMs)).toBeLessThan(0.5 * dayMs + 2 * hour)
    expect(await rig.everythingStored()).not.toContain(fresh.slice(22, 60))
  })

  test('a URL key is delivered with its address', async () => {
    await rig.scheduled({ kind: 'url' })
    rig.clock.forward(dueMs)
    await rig.tick()
    const [{ data } = { data: { secret: '' } }] = rig.received
    expect(data).toMatchObject({ url: `https://gateway.example/mcp/${data.secret}` })
  })

  test('A31 R12 without a place to deliver to nothing rotates: there is one reminder when it is due', async () => {
    const { key, secret } = await rig.scheduled({}, { deliverTo: null })
    rig.clock.forward(dueMs)
    for (const _ of ['now', 'and again']) await rig.tick()
    rig.clock.forward(30 * dayMs)
    await rig.tick()
    expect(await actions(key.id)).toEqual(['key.created', 'key.rotation-due'])
    expect(await rig.answerTo(secret)).toBeNull()
    // Whom it is told to from now on, it is rotated for, although it was reminded of before.
    await rig.call(rig.owner, 'PATCH /keys/:id', {
      params: { id: key.id },
      body: { rotation: { everyDays: 10, deliverTo: webhook } },
    })
    await rig.tick()
    expect(rig.secretsFor(key.id)).toHaveLength(1)
  })

  test('what came due while no control ran is made up for, and told of', async () => {
    const { key } = await rig.scheduled()
    rig.clock.forward(20 * dayMs)
    await rig.tick()
    expect(rig.secretsFor(key.id)).toHaveLength(1)
    const missed = (await rig.events(key.id)).find(({ action }) => action === 'key.rotation-due')
    expect(missed).toMatchObject({ actor: 'system', after: { missed: true } })
    expect(missed?.after.lateSeconds).toBeGreaterThan(9 * 86_400)
  })

  test('a schedule for a secret that is old already begins now, and nothing was missed', async () => {
    const { key } = await rig.make()
    rig.clock.forward(100 * dayMs)
    const body = { rotation: { everyDays: 10, deliverTo: webhook } }
    expect(codeOf(await rig.call(rig.owner, 'PATCH /keys/:id', { params: { id: key.id }, body }))).toBeNull()
    rig.clock.forward(minute)
    await rig.tick()
    expect(rig.secretsFor(key.id)).toHaveLength(1)
    expect(await actions(key.id)).not.toContain('key.rotation-due')
  })

  test('a delivery that fails leaves the old secret as it is, ends the new one, and is tried again', async () => {
    const { key, secret } = await rig.scheduled()
    const lostOnes: string[] = []
    const down = failing(refuse('upstream_unreachable', { detail: 'The webhook answered 500.' }))
    const failTick = () =>
      rig.tick((deps) => ({
        ...deps,
        mintFor: (kind, id16) => {
          const minted = deps.mintFor(kind, id16)
          lostOnes.push(minted.reveal())
          return minted
        },
        deliverNow: down,
      }))
    rig.clock.forward(dueMs)
    await failTick()
    expect(await rotations(key.id)).toMatchObject([{ state: 'planned', lastError: 'The webhook answered 500.' }])
    for (const pause of [1, 5, 15]) {
      await failTick()
      rig.clock.forward(pause * minute)
      await failTick()
    }
    expect(lostOnes).toHaveLength(4)
    for (const lost of lostOnes) expect(await rig.answerTo(lost)).toBe('key_revoked')
    expect([await rig.answerTo(secret), await rig.live(key.id)]).toEqual([null, [1]])
    rig.clock.forward(hour)
    await rig.tick()
    expect(await rig.answerTo(rig.secretsFor(key.id)[0] ?? '')).toBeNull()
    expect((await actions(key.id)).filter((action) => action === 'key.rotation-failed')).toHaveLength(4)
  })

  test('it is given up after hours of failures with an event that says so, and asked for again the next day', async () => {
    const { key, secret } = await rig.scheduled()
    const down = failing(refuse('upstream_timeout', { detail: 'It took too long.' }))
    rig.clock.forward(dueMs)
    for (let n = 0; n < 8; n += 1) {
      await rig.tick((deps) => ({ ...deps, deliverNow: down }))
      rig.clock.forward(3 * hour)
    }
    expect(await rotations(key.id)).toMatchObject([{ state: 'failed', attempts: 6, lastError: 'It took too long.' }])
    const last = (await rig.events(key.id)).at(-1)
    expect(last).toMatchObject({ action: 'key.rotation-failed', after: { retryAt: null, attempts: 6 } })
    expect(await rig.answerTo(secret)).toBeNull()
    rig.clock.forward(dayMs)
    await rig.tick()
    expect(rig.secretsFor(key.id)).toHaveLength(1)
  })

  test('of what waits a share goes within an hour, and never two that reach one server', async () => {
    const place = await rig.rows.project('place')
    const server = await rig.rows.server('one', place)
    await rig.policies({ maxRotationsPerHourPercent: 50 })
    const only = { projects: [place], mcp: { servers: { mode: 'only', items: [server] } } }
    const made = [await rig.scheduled(only), await rig.scheduled(only), await rig.scheduled(), await rig.scheduled()]
    rig.clock.forward(dueMs)
    const delivered = () => made.filter(({ key }) => rig.secretsFor(key.id).length > 0).map(({ key }) => key.id)
    await rig.tick()
    expect(delivered()).toHaveLength(2)
    const ofServer = () => made.slice(0, 2).filter(({ key }) => delivered().includes(key.id)).length
    expect(ofServer()).toBeLessThanOrEqual(1)
    rig.clock.forward(hour - 1)
    await rig.tick()
    expect(delivered()).toHaveLength(2)
    const held = (await rig.get('/rotations', '', rig.owner, { state: 'planned' })).items
    expect(held.map(({ lastError }: { lastError: string }) => lastError).join()).toMatch(/policy allows|its servers/)
    for (let n = 0; n < 3; n += 1) {
      rig.clock.forward(hour)
      const before = ofServer()
      await rig.tick()
      expect(ofServer() - before).toBeLessThanOrEqual(1)
    }
    expect(delivered()).toHaveLength(4)
    expect(rig.received).toHaveLength(4)
  })

  test('keys that reach no server are not held up by many that reach one', async () => {
    const place = await rig.rows.project('crowded')
    const server = await rig.rows.server('crowded', place)
    await rig.policies({ maxRotationsPerHourPercent: 100 })
    const only = { projects: [place], mcp: { servers: { mode: 'only', items: [server] } } }
    for (let n = 0; n < 55; n += 1) await rig.scheduled(only)
    rig.clock.forward(hour)
    const { key } = await rig.scheduled()
    rig.clock.forward(dueMs)
    await rig.tick()
    expect(rig.secretsFor(key.id)).toHaveLength(1)
    expect(rig.received).toHaveLength(2)
  }, 60_000)

  test('in a blackout nothing goes, and afterwards what waited', async () => {
    const { key } = await rig.scheduled()
    rig.clock.forward(dueMs)
    await rig.policies({ blackouts: [{ from: '00:00', to: '00:00', zone: 'Europe/Berlin' }] })
    await rig.tick()
    expect(await rotations(key.id)).toMatchObject([
      { state: 'planned', lastError: expect.stringContaining('blackout') },
    ])
    await rig.policies({})
    await rig.tick()
    expect(rig.secretsFor(key.id)).toHaveLength(1)
    expect(await rotations(key.id)).toMatchObject([{ state: 'draining', lastError: null }])
  })

  test('a key that was suspended, revoked, rotated or taken off its schedule while it waited is left alone', async () => {
    const made = []
    for (let n = 0; n < 4; n += 1) made.push((await rig.scheduled()).key.id)
    const [suspended = '', revoked = '', rotated = '', freed = ''] = made
    await rig.policies({ blackouts: [{ from: '00:00', to: '00:00', zone: 'UTC' }], maxRotationsPerHourPercent: 100 })
    rig.clock.forward(dueMs)
    await rig.tick()
    await rig.done('suspend', suspended)
    await rig.done('revoke', revoked)
    await rig.rotate(rotated)
    await rig.call(rig.owner, 'PATCH /keys/:id', { params: { id: freed }, body: { rotation: null } })
    await rig.policies({ maxRotationsPerHourPercent: 100 })
    await rig.tick()
    expect(rig.received).toEqual([])
    for (const id of [suspended, rotated, freed]) {
      expect(await rig.open(id)).toBeNull()
      expect((await rotations(id)).map(({ state }: { state: string }) => state)).toContain('undone')
    }
    await rig.done('resume', suspended)
    await rig.tick()
    expect(rig.received.map(({ data }) => data.key.id)).toEqual([suspended])
  })

  test('undo and a rotation by hand win over one that is being delivered', async () => {
    for (const name of ['rotation/undo', 'rotate']) {
      const { key, secret } = await rig.scheduled()
      rig.clock.forward(dueMs)
      await rig.policies({ maxRotationsPerHourPercent: 100 })
      let byHand: string | undefined
      await rig.tick((deps) => ({
        ...deps,
        deliverNow: async (...message) => {
          if (rig.secretsFor(key.id).length === 0) byHand = (await rig.done(name, key.id)).secret
          return rig.receive(...message)
        },
      }))
      const [lost = ''] = rig.secretsFor(key.id)
      expect([name, await rig.answerTo(lost)]).toEqual([name, 'key_revoked'])
      expect(await rig.answerTo(byHand ?? secret)).toBeNull()
      expect([name, (await rig.live(key.id)).length]).toEqual([name, 1])
      await rig.tick()
      expect(rig.secretsFor(key.id)).toHaveLength(1)
      await rig.done('revoke', key.id)
    }
  })

  test('several controls at once deliver each secret once and keep to the share together', async () => {
    await rig.policies({ maxRotationsPerHourPercent: 50 })
    const made = []
    for (let n = 0; n < 8; n += 1) made.push(await rig.scheduled())
    rig.clock.forward(dueMs)
    await Promise.all([rig.tick(), rig.tick(), rig.tick()])
    expect(rig.received).toHaveLength(4)
    expect(new Set(rig.received.map(({ data }) => data.key.id)).size).toBe(4)
    rig.clock.forward(hour)
    await Promise.all([rig.tick(), rig.tick(), rig.tick()])
    expect(new Set(rig.received.map(({ data }) => data.key.id)).size).toBe(8)
    expect(rig.received).toHaveLength(8)
    for (const { key, secret } of made) {
      expect(await rig.live(key.id)).toEqual([1, 2])
      expect(await rig.answerTo(secret)).toBeNull()
    }
  })

  test('a life that goes on finds what comes due, and within an hour what was switched on again', async () => {
    const [one, two] = [await rig.scheduled(), await rig.scheduled({ active: false })]
    await rig.policies({ maxRotationsPerHourPercent: 100 })
    const run = rig.life()
    const look = () => run(() => false)
    await look()
    rig.clock.forward(dueMs)
    await look()
    expect(rig.received.map(({ data }) => data.key.id)).toEqual([one.key.id])
    await rig.done('resume', two.key.id)
    rig.clock.forward(hour)
    await look()
    expect(rig.received.map(({ data }) => data.key.id)).toEqual([one.key.id, two.key.id])
    const [third] = [await rig.scheduled()]
    for (let n = 0; n < 22; n += 1) {
      rig.clock.forward(dayMs / 2)
      await look()
    }
    expect(rig.secretsFor(third.key.id)).toHaveLength(1)
  })

  test('one that cannot go on does not keep the others waiting', async () => {
    const [one, two] = [await rig.scheduled(), await rig.scheduled()]
    await rig.policies({ maxRotationsPerHourPercent: 100 })
    rig.clock.forward(dueMs)
    const broken = rig.tick((deps) => ({
      ...deps,
      hash: async (organization, id, token) => {
        if (id === one.key.id) throw new Error('out of order')
        return deps.hash(organization, id, token)
      },
    }))
    await expect(broken).rejects.toThrow(/did not come to an end/)
    expect(rig.received.map(({ data }) => data.key.id)).toEqual([two.key.id])
    expect(await rig.answerTo(one.secret)).toBeNull()
  })

  /** A key that is due in an organization whose turn comes last. */
  const elsewhere = async (slug: string) => {
    const organization = `org_zzzzzzzzzzzzzzz${slug}`
    await addOrganization(rig.database, organization, slug)
    const stranger = { ...(await rig.addMember('owner', organization)), organizationId: organization }
    const { key } = await rig.make({ projects: [], rotation: { everyDays: 10 } }, stranger)
    const rotation = JSON.stringify({ everyDays: 10, deliverTo: webhook, graceSeconds: 60 })
    await rig.database.transaction(organization, (db) =>
      db.updateTable('keys').set({ rotation }).where('id', '=', key.id).execute(),
    )
    return { organization, id: key.id }
  }

  test('an organization with a slow receiver and much to rotate leaves room for another one', async () => {
    const { organization: other } = await elsewhere('y')
    await rig.policies({ maxRotationsPerHourPercent: 100 })
    for (let at = 0; at < 12; at += 1) await rig.scheduled()
    rig.clock.forward(dueMs)
    const order: string[] = []
    await rig.tick((deps) => ({
      ...deps,
      deliverNow: (organization, to, message) => {
        order.push(organization)
        return rig.receive(organization, to, message)
      },
    }))
    expect(order).toHaveLength(13)
    expect(order.indexOf(other)).toBeLessThanOrEqual(5)
  })

  test('an organization whose turns cannot be planned keeps no other one waiting, and is told of', async () => {
    const { id } = await elsewhere('z')
    const { key } = await rig.scheduled()
    rig.clock.forward(dueMs)
    const broken = rig.tick((deps) => ({
      ...deps,
      directory: {
        ...deps.directory,
        policies: async (db, organizationId) => {
          if (organizationId === rig.organizationId) throw new Error('no policies')
          return deps.directory.policies(db, organizationId)
        },
      },
    }))
    await expect(broken).rejects.toThrow('some scheduled rotations did not come to an end')
    expect([rig.secretsFor(id).length, rig.secretsFor(key.id).length]).toEqual([1, 0])
  })
})
