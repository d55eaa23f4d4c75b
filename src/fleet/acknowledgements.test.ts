import { afterEach, beforeAll, expect, test } from 'vitest'
import {
  type Clock,
  type Control,
  type ControlOptions,
  createClock,
  drive,
  type Gateway,
  rewriting,
  startControl,
  startGateway,
  until,
} from '../../test/feed-rig.ts'
import { changes, keyIdOf, orgA, orgB, prepare, readers } from '../../test/feed-store.ts'
import { onEachStore } from '../../test/stores.ts'
import { announce } from '../db/changes.ts'
import type { Database } from '../db/database.ts'
import type { dial } from './dial.ts'
import { isFresh } from './freshness.ts'
import type { AttachedGateway } from './roster.ts'
import type { Effect } from './schema.ts'

const one: AttachedGateway = { id: 'gwy_one', name: 'one', organizationId: orgA, serves: 'all' }
const two: AttachedGateway = { id: 'gwy_two', name: 'two', organizationId: orgA, serves: 'all' }
const foreign: AttachedGateway = { id: 'gwy_foreign', name: 'foreign', organizationId: orgB }
const gateways = new Map([
  ['Bearer one', one],
  ['Bearer two', two],
  ['Bearer foreign', foreign],
])

/** Nobody listens on port 1. */
const nowhere = 'http://127.0.0.1:1'

onEachStore('what an answer says about the fleet', (open) => {
  let database: Database
  let change: ReturnType<typeof changes>
  let clock: Clock = createClock()
  let counter = 0
  const running: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    database = await open()
    await prepare(database)
    change = changes(database)
  })
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop()
    clock = createClock()
  })

  const control = async (more: ControlOptions['more'] = {}): Promise<Control> => {
    const started = await startControl(database, { clock, gateways, more })
    running.push(started.kill)
    return started
  }
  /** `freeze` stops what control sends from arriving; what the gateway sends still leaves: a partition of one way. */
  const ready = async (url: string, token: string): Promise<Gateway & { freeze: () => void; kill: () => void }> => {
    let socket: ReturnType<typeof dial> | null = null
    let isFrozen = false
    const connect: typeof dial = (address, secret) => {
      socket = rewriting((frame) => (isFrozen ? null : frame))(isFrozen ? nowhere : address, secret)
      return socket
    }
    const freeze = () => {
      isFrozen = true
    }
    const started = startGateway(url, token, clock, { connect })
    running.push(() => drive(started.attachment.stop(), clock))
    await until(() => started.seen.ready === 1 && started.attachment.contact() !== null)
    return { ...started, freeze, kill: () => socket?.terminate() }
  }
  const newKey = async (): Promise<string> => {
    counter += 1
    await change.createKey(orgA, keyIdOf(counter))
    return keyIdOf(counter)
  }
  const settled = async (gateway: Gateway, id: string) => until(() => gateway.stateOf(id) === 'active')
  /** Time passes in steps that end each time in an answered heartbeat, as it does when everybody is well. */
  const pass = async (ms: number, ...well: Gateway[]) => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(Math.min(left, 1000))
      await until(() =>
        well.every(({ attachment }) => clock.monotonic() - (attachment.contact()?.monotonic ?? 0) < 1000),
      )
    }
  }
  const isFreshFor = (gateway: Gateway, seconds: number): boolean =>
    isFresh(gateway.attachment.contact(), { monotonic: clock.monotonic(), wall: clock.now() }, seconds)
  const at = (iso: string): number => Date.parse(iso)

  test('G2 a gateway that is silent is named, with the moment from which it refuses by itself', async () => {
    const { feed, url } = await control()
    const [well, silent] = [await ready(url, 'one'), await ready(url, 'two')]
    const id = await newKey()
    await settled(well, id)
    await settled(silent, id)
    silent.freeze()
    const lastHeard = clock.now()
    const asked = change.revokeKey(orgA, id).then((row) => feed.effectOf(orgA, row, 1000))
    await until(() => well.stateOf(id) === 'revoked')
    await drive(asked, clock)
    const effect = await asked
    expect(effect.acked.map(({ gateway }) => gateway)).toEqual(['gwy_one'])
    expect(effect.pending.map(({ gateway }) => gateway)).toEqual(['gwy_two'])
    // A heartbeat of the silent one may have come in between: the moment counts from the last one that control answered.
    const until61 = at(effect.pending[0]?.until ?? '') - 61_000
    expect(until61).toBeGreaterThanOrEqual(lastHeard)
    expect(until61).toBeLessThanOrEqual(clock.now())
    expect(effect.effectiveEverywhereBy).toBe(effect.pending[0]?.until)
    await pass(at(effect.effectiveEverywhereBy) - clock.now(), well)
    expect(silent.stateOf(id)).toBe('active')
    expect(isFreshFor(silent, 60)).toBe(false)
    expect(isFreshFor(well, 60)).toBe(true)
  })

  test('the wait ends with the last acknowledgement, not with its time', async () => {
    const { feed, url } = await control()
    await ready(url, 'one')
    await ready(url, 'two')
    const row = await change.revokeKey(orgA, await newKey())
    const effect = await feed.effectOf(orgA, row, 30_000)
    expect(effect.acked.map(({ gateway }) => gateway).sort()).toEqual(['gwy_one', 'gwy_two'])
    expect(effect.pending).toEqual([])
    // The clock has not moved: nobody waited for it.
    expect(at(effect.effectiveEverywhereBy)).toBe(clock.now())
  })

  test('without time to wait nobody is said to have acknowledged who has not', async () => {
    const { feed, url } = await control()
    const attached = await ready(url, 'one')
    const id = await newKey()
    await settled(attached, id)
    const row = await change.revokeKey(orgA, id)
    const effect = await drive(feed.effectOf(orgA, row, 0), clock).then(() => feed.effectOf(orgA, row, 1000))
    expect(effect.pending).toEqual([])
    expect(attached.stateOf(id)).toBe('revoked')
  })

  test('the freshness of the key counts where it is the smaller one', async () => {
    const { feed, url } = await control()
    const silent = await ready(url, 'one')
    const id = await newKey()
    await settled(silent, id)
    silent.freeze()
    const row = await change.revokeKey(orgA, id)
    const before = clock.now()
    const [strict, whole] = [feed.effectOf(orgA, row, 100, 5), feed.effectOf(orgA, row, 100, 3600)]
    await drive(Promise.all([strict, whole]), clock)
    const [inside, beyond] = [before + 6000, before + 61_000].map((by) => [by - 1000, by + 1000])
    expect(at((await strict).effectiveEverywhereBy)).toBeGreaterThanOrEqual(inside?.[0] ?? 0)
    expect(at((await strict).effectiveEverywhereBy)).toBeLessThanOrEqual(inside?.[1] ?? 0)
    expect(at((await whole).effectiveEverywhereBy)).toBeGreaterThanOrEqual(beyond?.[0] ?? 0)
    expect(at((await whole).effectiveEverywhereBy)).toBeLessThanOrEqual(beyond?.[1] ?? 0)
  })

  test('G2 silent gateways go on with the longer freshness that their organization has given up, and are counted so', async () => {
    let seconds = 60
    const { feed, url, sequencer } = await control({ maxStalenessSeconds: () => Promise.resolve(seconds) })
    const [well, silent] = [await ready(url, 'one'), await ready(url, 'two')]
    const id = await newKey()
    await settled(well, id)
    await settled(silent, id)
    silent.freeze()
    const heard = clock.now()
    const decidesFor = (effect: Effect, gateway: string) =>
      at(effect.pending.find((each) => each.gateway === gateway)?.until ?? '') - clock.now()
    const effectOf = async (...asked: Parameters<typeof feed.effectOf>) => {
      const effect = feed.effectOf(...asked)
      // Its number is known before time passes: who asks later is told later.
      for (let times = 0; times < 2; times += 1) await sequencer.numberOf(asked[1])
      await drive(effect, clock)
      return effect
    }
    const told = await database.transaction(orgA, (db) => announce(db, orgA, { kind: 'organization', id: orgA, at: 1 }))
    const number = await sequencer.numberOf(told)
    await until(() => feed.gatewaysOnline().some(({ id, seq }) => id === 'gwy_one' && (seq ?? 0) >= number))
    seconds = 5
    const shrunk = await effectOf(orgA, told, 200, null, 60)
    expect(shrunk.acked.map(({ gateway }) => gateway)).toEqual(['gwy_one'])
    expect(at(shrunk.effectiveEverywhereBy)).toBeGreaterThanOrEqual(heard + 61_000)
    expect(shrunk.effectiveEverywhereBy).toBe(shrunk.pending[0]?.until)
    // It has not heard of later changes either, and decides about those for as long; save about a key that says less.
    const row = await change.revokeKey(orgA, id)
    const later = await effectOf(orgA, row, 200)
    expect(at(later.effectiveEverywhereBy)).toBeGreaterThanOrEqual(heard + 61_000)
    expect(decidesFor(await effectOf(orgA, row, 200, 5), 'gwy_two')).toBeLessThanOrEqual(6000)
    // Who has heard of it goes by what counts now, and so does everybody once nobody can have the former one.
    well.freeze()
    const next = await effectOf(orgA, await change.revokeKey(orgA, await newKey()), 200)
    expect(decidesFor(next, 'gwy_one')).toBeLessThanOrEqual(6000)
    expect(decidesFor(next, 'gwy_two')).toBeGreaterThan(6000)
  })

  test('a gateway that said goodbye is waited for no longer', async () => {
    const { feed, url } = await control()
    const [well, leaving] = [await ready(url, 'one'), await ready(url, 'two')]
    await drive(leaving.attachment.stop(), clock)
    await until(() => feed.gatewaysOnline().length === 1)
    const row = await change.revokeKey(orgA, await newKey())
    const effect = await feed.effectOf(orgA, row, 1000)
    expect(effect.acked.map(({ gateway }) => gateway)).toEqual(['gwy_one'])
    expect(effect.pending).toEqual([])
    // It admits nothing any more, by whatever clock.
    expect(leaving.attachment.contact()).toBeNull()
    expect(well.attachment.contact()).not.toBeNull()
  })

  test('a gateway that vanished stays pending until its freshness has ended, or until it is back', async () => {
    const { feed, url } = await control()
    const [well, lost] = [await ready(url, 'one'), await ready(url, 'two')]
    const heard = clock.now()
    lost.kill()
    await until(() => feed.gatewaysOnline().length === 1)
    const row = await change.revokeKey(orgA, await newKey())
    const effect = await feed.effectOf(orgA, row, 1000)
    expect(effect.pending).toEqual([{ gateway: 'gwy_two', until: new Date(heard + 61_000).toISOString() }])
    clock.advance(50)
    await until(() => feed.gatewaysOnline().length === 2 && lost.attachment.contact() !== null)
    expect((await feed.effectOf(orgA, row, 1000)).pending).toEqual([])
    lost.kill()
    await until(() => feed.gatewaysOnline().length === 1)
    expect(well.attachment.contact()).not.toBeNull()
  })

  test('a gateway whose process the supervisor has reaped is not pending', async () => {
    const { feed, url } = await control()
    const lost = await ready(url, 'two')
    lost.kill()
    await until(() => feed.gatewaysOnline().length === 0)
    const row = await change.revokeKey(orgA, await newKey())
    expect((await feed.effectOf(orgA, row, 0)).pending).toHaveLength(1)
    feed.gatewayGone('gwy_two')
    expect(await feed.effectOf(orgA, row, 1000)).toMatchObject({ acked: [], pending: [] })
  })

  test('a gateway reaped before control had read who was there before it is not pending, one of the same name is', async () => {
    const read = Promise.withResolvers<AttachedGateway[]>()
    const { feed } = await control({ knownBefore: () => read.promise })
    feed.gatewayGone('gwy_two')
    read.resolve([two, { ...two, id: 'gwy_namesake' }])
    const row = await change.revokeKey(orgA, await newKey())
    const { pending } = await feed.effectOf(orgA, row, 1000)
    expect(pending.map(({ gateway }) => gateway)).toEqual(['gwy_namesake'])
  })

  test('a vanished gateway is named no longer when its freshness has ended', async () => {
    const { feed, url } = await control()
    const [well, lost] = [await ready(url, 'one'), await ready(url, 'two')]
    lost.attachment.useUrl(nowhere)
    await until(() => feed.gatewaysOnline().length === 1)
    await pass(61_000, well)
    const row = await change.revokeKey(orgA, await newKey())
    expect((await feed.effectOf(orgA, row, 1000)).pending).toEqual([])
    expect(isFreshFor(lost, 60)).toBe(false)
  })

  test('G2 after a restart of control every gateway from before is pending until it is back', async () => {
    const knownBefore = () => Promise.resolve([one, two])
    const { feed, url } = await control({ knownBefore })
    const started = clock.now()
    const back = await ready(url, 'one')
    const row = await change.revokeKey(orgA, await newKey())
    const effect = await feed.effectOf(orgA, row, 1000)
    expect(effect.acked.map(({ gateway }) => gateway)).toEqual(['gwy_one'])
    expect(effect.pending).toEqual([{ gateway: 'gwy_two', until: new Date(started + 61_000).toISOString() }])
    expect(back.attachment.contact()).not.toBeNull()
  })

  test('G10 the gateways of another organization are not asked', async () => {
    const { feed, url } = await control()
    await ready(url, 'foreign')
    const row = await change.revokeKey(orgA, await newKey())
    expect(await feed.effectOf(orgA, row, 1000)).toMatchObject({ acked: [], pending: [] })
  })

  test('G2 no heartbeat is answered while a numbered change could not be sent', async () => {
    const gate = Promise.withResolvers<void>()
    let isBlocked = false
    const blocked: typeof readers.key = async (...asked) => {
      if (isBlocked) await gate.promise
      return readers.key(...asked)
    }
    const { feed, url } = await control({ readers: { ...readers, key: blocked } })
    const attached = await ready(url, 'one')
    const id = await newKey()
    await settled(attached, id)
    isBlocked = true
    const row = await change.revokeKey(orgA, id)
    const asked = feed.effectOf(orgA, row, 500)
    await drive(asked, clock)
    const promised = at((await asked).effectiveEverywhereBy)
    for (let second = 0; second < 4; second += 1) {
      clock.advance(1000)
      await until(() => feed.gatewaysOnline()[0]?.lastSeenAt === clock.now())
    }
    // Heartbeats have come in, but the gateway is no fresher than the answer said.
    const contact = attached.attachment.contact()?.wall ?? 0
    expect(contact + 61_000).toBeLessThanOrEqual(promised)
    gate.resolve()
    await until(() => (attached.attachment.contact()?.wall ?? 0) > contact)
    expect(attached.stateOf(id)).toBe('revoked')
  })

  test('G2 while nobody knows the number of a change for which an end was named, no gateway gets fresher', async () => {
    const gate = Promise.withResolvers<number>()
    let isGated = false
    const sequencer = {
      numberOf: () => (isGated ? gate.promise : Promise.resolve(0)),
      onNumbered: () => () => {},
      latest: () => 0,
    }
    const { feed, url } = await control({ sequencer })
    const attached = await ready(url, 'one')
    isGated = true
    const asked = feed.effectOf(orgA, 1, 200)
    await drive(asked, clock)
    expect((await asked).pending.map(({ gateway }) => gateway)).toEqual(['gwy_one'])
    const contact = attached.attachment.contact()
    clock.advance(1000)
    await until(() => feed.gatewaysOnline()[0]?.lastSeenAt === clock.now())
    expect(attached.attachment.contact()).toBe(contact)
    gate.resolve(0)
    await until(() => attached.attachment.contact() !== contact)
  })

  test('a change whose number never comes, because control ends, fails nothing but its own call', async () => {
    const [numbered, seconds] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
    let isAsked = false
    const maxStalenessSeconds = () => {
      isAsked = true
      return seconds.promise
    }
    const sequencer = { numberOf: () => numbered.promise, onNumbered: () => () => {}, latest: () => 0 }
    const { feed } = await control({ sequencer, maxStalenessSeconds })
    const unhandled: unknown[] = []
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', (reason) => void unhandled.push(reason))
    const asked = feed.effectOf(orgA, 1, 200)
    await until(() => isAsked)
    numbered.reject(new Error('The sequencer has stopped'))
    await new Promise((resolve) => setImmediate(resolve))
    seconds.reject(new Error('The database is closed'))
    await expect(asked).rejects.toThrow('The database is closed')
    process.removeAllListeners('unhandledRejection')
    for (const other of others) process.on('unhandledRejection', other)
    expect(unhandled).toEqual([])
  })

  test('without contact to the store control makes no gateway fresh', async () => {
    let isAway = false
    const { url, feed } = await control({ storeNow: () => (isAway ? null : 1) })
    const attached = await ready(url, 'one')
    isAway = true
    const contact = attached.attachment.contact()
    clock.advance(1000)
    await until(() => feed.gatewaysOnline()[0]?.lastSeenAt === clock.now())
    isAway = false
    clock.advance(1000)
    await until(() => attached.attachment.contact() !== contact)
    expect(attached.attachment.contact()?.monotonic).toBe(clock.monotonic())
  })

  test('a gateway whose credential is revoked stops at once, says so, and does not come back', async () => {
    const { feed, url } = await control()
    const [revoked, well] = [await ready(url, 'one'), await ready(url, 'two')]
    const effect = await feed.disconnect({ id: 'gwy_one', organizationId: orgA, waitMs: 1000 })
    expect(effect).toMatchObject({ acked: [{ gateway: 'gwy_one' }], pending: [] })
    expect(revoked.attachment.contact()).toBeNull()
    expect(revoked.seen.revoked).toBe(1)
    // Its token was proved a moment before: even so it is turned away.
    await pass(12_000, well)
    expect(feed.gatewaysOnline().map(({ id }) => id)).toEqual(['gwy_two'])
  })

  test('a revoked gateway that does not answer is pending for as long as it may decide', async () => {
    const { feed, url } = await control()
    const silent = await ready(url, 'one')
    silent.freeze()
    const heard = clock.now()
    const asked = feed.disconnect({ id: 'gwy_one', organizationId: orgA, waitMs: 500 })
    await drive(asked, clock)
    expect(await asked).toEqual({
      acked: [],
      pending: [{ gateway: 'gwy_one', until: new Date(heard + 61_000).toISOString() }],
      effectiveEverywhereBy: new Date(heard + 61_000).toISOString(),
    })
  })

  test('when the secrets of the organizations change with time, gateways get everything again', async () => {
    let era = 1
    const { url, feed } = await control({ era: () => era })
    const attached = await ready(url, 'one')
    era = 2
    clock.advance(1000)
    await until(() => attached.seen.snapshots === 2)
    clock.advance(1000)
    await until(() => attached.attachment.contact()?.monotonic === clock.monotonic())
    expect(attached.seen).toMatchObject({ snapshots: 2, ready: 1 })
    // Also one that was away when it happened, although its position is still good.
    attached.kill()
    await until(() => feed.gatewaysOnline().length === 0)
    era = 3
    clock.advance(50)
    await until(() => attached.seen.snapshots === 3)
  })
})
