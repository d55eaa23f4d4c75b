import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  type Clock,
  type Control,
  createClock,
  drive,
  type Gateway,
  startControl,
  startGateway,
  until,
} from '../../../test/feed-rig.ts'
import { orgA, orgB, prepare } from '../../../test/feed-store.ts'
import { onEachStore, silent } from '../../../test/stores.ts'
import { newSealingKeys } from '../../credentials/sealing.ts'
import type { Database } from '../../db/database.ts'
import { createLimitGrants } from '../../limits/grant.ts'
import { insertLimits } from '../../limits/store.ts'
import { Secret } from '../../secret.ts'
import type { AttachmentDeps } from '../attach.ts'
import { dial } from '../dial.ts'
import type { FeedDeps } from '../feed.ts'
import { type FromGateway, frameVersions } from '../schema.ts'
import { isInTouch, type Touch, touchAfter } from './holders.ts'
import type { HeldSeats, SeenHolder, SliceAsk } from './schema.ts'

describe('a gateway is in touch', () => {
  const touchOf = (beats: readonly (readonly [at: number, ageMs: number | null])[]): Touch =>
    beats.reduce<Touch>((touch, [at, ageMs]) => touchAfter(touch, ageMs, at), null)

  test('while its heartbeats come and say that it hears us, once that has gone on for three seconds', () => {
    const steady = [0, 1000, 2000, 3000].map((at) => [at, 900] as const)
    expect(isInTouch(touchOf(steady.slice(0, 3)), 2000)).toBe(false)
    expect(isInTouch(touchOf(steady), 3000)).toBe(true)
    expect(isInTouch(touchOf(steady), 5001)).toBe(false)
  })

  test.each([
    ['it has no answer yet', null],
    ['its last answer is two seconds old: it does not hear us', 2000],
  ])('no more when %s', (_title, ageMs) => {
    const beats = [...[0, 1000, 2000, 3000].map((at) => [at, 900] as const), [4000, ageMs] as const]
    expect(isInTouch(touchOf(beats), 4000)).toBe(false)
  })

  test('not by heartbeats that were held up and come all at once', () => {
    const late = [...[0, 1000, 2000, 3000].map((at) => [at, 900] as const), [20_000, 100], [20_001, 1100]] as const
    expect(isInTouch(touchOf(late), 20_001)).toBe(false)
  })
})

const gateways = new Map([
  ['Bearer embedded', { id: 'gwy_embedded', name: 'embedded', organizationId: orgA, serves: 'all' as const }],
  ['Bearer limited', { id: 'gwy_limited', name: 'limited', organizationId: orgB }],
])

onEachStore('holders of slices', (open) => {
  let database: Database
  let clock: Clock = createClock()
  const running: (() => Promise<unknown>)[] = []
  const limit = 'lim_0000000000000001'
  const seats: SliceAsk = { organization: orgA, pool: `${limit}:concurrent`, ahead: false, wanted: 1, need: 1 }

  beforeAll(async () => {
    database = await open()
    await prepare(database)
    await database.transaction(orgA, (db) =>
      insertLimits(db, orgA, [
        {
          organizationId: orgA,
          id: limit,
          target: { type: 'organization', id: orgA, name: null },
          requestsPerMinute: null,
          tokensPerMinute: null,
          concurrent: 8,
          streams: null,
          detached: 'share',
          state: 'active',
          createdAt: 1,
          createdBy: 'test',
          revision: 1,
        },
      ]),
    )
  })
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop()
    clock = createClock()
  })

  const wired = () => {
    const seen: SeenHolder[][] = []
    const limits = createLimitGrants({
      system: database.system,
      storeTime: () => Promise.resolve(clock.now()),
      monotonic: clock.monotonic,
      log: silent,
    })
    const more: Partial<FeedDeps> = {
      grantSlices: limits.grant,
      takeBack: limits.takeBack,
      seatsHeld: limits.seatsHeld,
      holderEnded: limits.ended,
      gatewayEnded: async (gateway) => {
        for (const holder of await limits.holdersOf(gateway)) await limits.ended(holder)
      },
      holdersSeen: async (attached) => {
        seen.push([...attached])
        for (const holder of await limits.seen(attached)) await limits.ended(holder)
      },
    }
    return { seen, more }
  }
  const control = async (more: Partial<FeedDeps>): Promise<Control> => {
    const started = await startControl(database, { clock, gateways, more })
    running.push(started.kill)
    return started
  }
  const ready = async (url: string, token = 'embedded', more: Partial<AttachmentDeps> = {}): Promise<Gateway> => {
    const started = startGateway(url, token, clock, more)
    running.push(() => drive(started.attachment.stop(), clock))
    await until(() => started.seen.ready === 1 && started.attachment.contact() !== null)
    return started
  }
  const leased = async (): Promise<number> => {
    const row = await database.system.read((db) =>
      db.selectFrom('limit_pools').select('seats').where('pool', '=', seats.pool).executeTakeFirst(),
    )
    return row?.seats ?? 0
  }
  const settled = async (count: number): Promise<void> => {
    let now = -1
    await until(() => {
      void leased().then((seen) => {
        now = seen
      })
      return now === count
    })
  }

  test('a slice is asked for and answered over the feed, and one of a foreign organization is not', async () => {
    const { more } = wired()
    const { url } = await control(more)
    const [own, foreign] = [await ready(url), await ready(url, 'limited')]
    expect(await own.attachment.askSlice(seats, () => {})).toMatchObject({ amount: 1, left: 7 })
    expect(await foreign.attachment.askSlice(seats, () => {})).toMatchObject({ amount: 0, isGone: true })
    own.attachment.giveBack([{ organization: orgA, pool: seats.pool, window: 'total', unused: 1 }])
    await settled(0)
  })

  test('a seat is free again that was lost with the connection, on its way there or back', async () => {
    const { more } = wired()
    const held: HeldSeats[] = []
    const given = Promise.withResolvers<void>()
    const grantSlices: FeedDeps['grantSlices'] = async (holder, asks) => {
      const grants = await more.grantSlices?.(holder, asks)
      if (held.length > 0) await given.promise
      return grants ?? []
    }
    const { url, sockets } = await control({ ...more, grantSlices })
    const { attachment } = await ready(url, 'embedded', { heldSeats: () => held })
    const cut = (): void => {
      for (const socket of sockets) socket.terminate()
    }
    for (let n = 0; n < 3; n += 1) await attachment.askSlice(seats, () => {})
    held.push({ organization: orgA, pool: seats.pool, seats: 2 })
    const lost = attachment.askSlice(seats, () => {})
    await settled(4)
    cut()
    attachment.giveBack([{ organization: orgA, pool: seats.pool, window: 'total', unused: 1 }])
    expect(await lost).toBeNull()
    await drive(settled(2), clock)
    given.resolve()
    expect(await leased()).toBe(2)
  })

  test('attack: what comes late on a socket that was replaced frees no seat that its process has', async () => {
    const { more } = wired()
    const { url } = await control(more)
    const boot = 'boot-of-both'
    const socket = dial(url, new Secret('embedded'))
    running.push(async () => socket.terminate())
    await once(socket, 'open')
    const tell = (...frames: FromGateway[]): void => {
      for (const frame of frames) socket.send(JSON.stringify(frame))
    }
    const { publicKey: sealingKey } = newSealingKeys()
    tell({ type: 'hello', frames: frameVersions, software: '', boot, position: null, sealingKey, publicUrl: '' })
    tell({ type: 'slice-request', n: 1, asks: [seats, seats] })
    await settled(2)
    // It does not hear that it was replaced.
    socket.pause()
    const held = [{ organization: orgA, pool: seats.pool, seats: 2 }]
    const { attachment } = await ready(url, 'embedded', { boot, heldSeats: () => held })
    const back = { organization: orgA, pool: seats.pool, window: 'total', unused: 2 }
    tell({ type: 'slice-return', items: [back] }, { type: 'seats-held', items: [] })
    tell({ type: 'slice-request', n: 2, asks: [seats] })
    socket.resume()
    await once(socket, 'close')
    expect(await attachment.askSlice(seats, () => {})).toMatchObject({ amount: 1, left: 5 })
  })

  test('who says goodbye has nothing any more', async () => {
    const { more } = wired()
    const { url } = await control(more)
    const { attachment } = await ready(url)
    await attachment.askSlice(seats, () => {})
    await attachment.askSlice(seats, () => {})
    expect(await leased()).toBe(2)
    await drive(attachment.stop(), clock)
    await settled(0)
  })

  test('nor has a process that the supervisor has reaped, also one from before the start of this control', async () => {
    const first = await control(wired().more)
    const { attachment } = await ready(first.url)
    await attachment.askSlice(seats, () => {})
    await first.kill()
    const second = await control(wired().more)
    expect(await leased()).toBe(1)
    second.feed.gatewayGone('gwy_limited')
    second.feed.gatewayGone('gwy_embedded')
    await settled(0)
  })

  test('who vanishes keeps what it has until its freshness is over', async () => {
    const { more } = wired()
    const { url, sockets } = await control(more)
    const { attachment } = await ready(url)
    await attachment.askSlice(seats, () => {})
    attachment.useUrl('http://127.0.0.1:1')
    for (const socket of sockets) socket.terminate()
    const quiet = async (seconds: number): Promise<void> => {
      for (let n = 0; n < seconds; n += 5) {
        clock.advance(5000)
        await new Promise((resolve) => setImmediate(resolve))
        await database.system.read((db) => db.selectFrom('limit_pools').select('pool').execute())
      }
    }
    await quiet(55)
    expect(await leased()).toBe(1)
    await quiet(60)
    await settled(0)
  })

  test('the store is told every few seconds who is attached, and of a new one at once', async () => {
    const { more, seen } = wired()
    const { url } = await control(more)
    await ready(url)
    expect(seen.at(-1)).toMatchObject([
      { gateway: 'gwy_embedded', organization: orgA, serves: 'all', isInTouch: false },
    ])
    const before = seen.length
    for (let n = 0; n < 10; n += 1) {
      const beats = seen.length
      clock.advance(1000)
      await until(() => seen.length >= beats)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(seen.length).toBeGreaterThan(before)
  })
})
