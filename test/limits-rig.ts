import type { Database } from '../src/db/database.ts'
import { age, isFresh, type Moment } from '../src/fleet/freshness.ts'
import { isInTouch, type Touch, touchAfter } from '../src/fleet/slices/holders.ts'
import type { Grant, Returned, SliceAsk } from '../src/fleet/slices/schema.ts'
import { createLimits, type Limits, type Want } from '../src/gateway/limits/limits.ts'
import { createLimitGrants, type LimitGrants } from '../src/limits/grant.ts'
import type { KeyLimits, LimitRecord, Target } from '../src/limits/schema.ts'
import { insertLimits } from '../src/limits/store.ts'
import { type Clock, createClock } from './feed-rig.ts'
import { silent } from './stores.ts'

/** Gateways with their limits and controls with one real store, without sockets; time stands still until a test moves it. */

export const organization = 'org_aaaaaaaaaaaaaaaa'
export const noLimits: KeyLimits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrent: null,
  streams: null,
  detached: 'share',
}
export const oneRequest: Want = { requests: 1, tokens: 0, seat: 'none' }

let counter = 0
export async function newLimit(
  database: Database,
  limits: Partial<KeyLimits>,
  target: Partial<Target> = {},
): Promise<LimitRecord> {
  counter += 1
  const id = `lim_${String(counter).padStart(16, '0')}`
  const about: Target = { type: 'key', id: `key_${counter}`, name: null, ...target }
  const row = { organizationId: organization, id, target: about, ...noLimits, ...limits }
  await database.transaction(organization, (db) =>
    insertLimits(db, organization, [{ ...row, state: 'active', createdAt: 1, createdBy: 'test', revision: 1 }]),
  )
  return { kind: 'limit', organization, id, revision: 1, target: about, ...noLimits, ...limits }
}

export type FakeGateway = {
  readonly name: string
  boot: string
  limits: Limits
  /** `up`: does control hear it; `down`: does it hear control. */
  link: { up: boolean; down: boolean }
  answeredAt: Moment
  touch: Touch
  isDead: boolean
}

export type Fleet = ReturnType<typeof createFleet>

export function createFleet(database: Database) {
  const clock: Clock = createClock()
  const store = { skewMs: 0 }
  const moment = (): Moment => ({ monotonic: clock.monotonic(), wall: clock.now() })
  const gateways: FakeGateway[] = []
  const newControl = (): LimitGrants =>
    createLimitGrants({
      system: database.system,
      storeTime: () => Promise.resolve(clock.now() + store.skewMs),
      monotonic: clock.monotonic,
      log: silent,
    })
  const state = { control: newControl() }
  const holderOf = (gateway: FakeGateway) => ({
    gateway: gateway.name,
    boot: gateway.boot,
    organization,
    serves: 'own' as const,
    isInTouch: isInTouch(gateway.touch, clock.monotonic()),
  })
  const waiting = new Set<Promise<unknown>>()
  const track = <T>(work: Promise<T>): Promise<T> => {
    waiting.add(work)
    void work.finally(() => waiting.delete(work))
    return work
  }
  const limitsOf = (gateway: FakeGateway): Limits => {
    const { boot } = gateway
    const isOurs = (): boolean => gateway.boot === boot && !gateway.isDead
    return createLimits({
      askSlice: async (ask: SliceAsk): Promise<Grant | null> => {
        if (!gateway.link.up || !isOurs()) return null
        const [grant] = await track(state.control.grant(holderOf(gateway), [ask]))
        return gateway.link.down && isOurs() ? (grant ?? null) : null
      },
      giveBack: (items: readonly Returned[]) => {
        if (gateway.link.up && isOurs()) void track(state.control.takeBack(holderOf(gateway), items))
      },
      silentMs: () => age(gateway.answeredAt, moment()),
      monotonic: clock.monotonic,
      now: clock.now,
      setTimer: clock.setTimer,
    })
  }
  const start = (name: string): FakeGateway => {
    const gateway: FakeGateway = {
      name,
      boot: `boot${Math.random()}`,
      limits: undefined as never,
      link: { up: true, down: true },
      answeredAt: moment(),
      touch: null,
      isDead: false,
    }
    gateway.limits = limitsOf(gateway)
    gateways.push(gateway)
    return gateway
  }
  /** As the feed does it: heartbeats each second, the store told every five. */
  let seconds = 0
  const second = async (): Promise<void> => {
    clock.advance(1000)
    seconds += 1
    for (const gateway of gateways) {
      if (gateway.isDead) continue
      const ageMs = age(gateway.answeredAt, moment())
      if (!gateway.link.up) continue
      gateway.touch = touchAfter(gateway.touch, ageMs, clock.monotonic())
      if (gateway.link.down) gateway.answeredAt = moment()
    }
    if (seconds % 5 === 0) await look()
    await settled()
  }
  const look = async (): Promise<void> => {
    const attached = gateways.filter(({ link, isDead }) => link.up && !isDead).map(holderOf)
    for (const holder of await state.control.seen(attached)) await state.control.ended(holder)
  }
  const settled = async (): Promise<void> => {
    do await Promise.all(waiting)
    while (waiting.size > 0)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return {
    clock,
    store,
    gateways,
    state,
    newControl,
    holderOf,
    /** Its freshness: who has been silent for longer decides nothing, whatever is in hand. */
    isFresh: ({ answeredAt }: FakeGateway) => isFresh(answeredAt, moment(), 60),
    start,
    look,
    settled,
    storeNow: () => clock.now() + store.skewMs,
    seconds: async (count: number) => {
      for (let n = 0; n < count; n += 1) await second()
    },
    /** Until a minute of the store's clock has begun. */
    nextMinute: async () => {
      const left = 60_000 - ((clock.now() + store.skewMs) % 60_000)
      for (let n = 0; n < Math.floor(left / 1000); n += 1) await second()
      clock.advance((left % 1000) + 50)
      await settled()
    },
    /** `kill -9`: whatever it held is lost, and the supervisor says nothing. */
    kill: (gateway: FakeGateway) => {
      gateway.isDead = true
      gateway.link = { up: false, down: false }
    },
  }
}
