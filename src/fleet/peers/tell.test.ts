import { afterEach, beforeAll, expect, test } from 'vitest'
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
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import type { Peers } from './schema.ts'
import { settleMs } from './tell.ts'

const gateways = new Map([
  ['Bearer one', { id: 'gwy_1', name: 'embedded', organizationId: orgA, serves: 'all' as const }],
  ['Bearer two', { id: 'gwy_2', name: 'embedded-2', organizationId: orgA, serves: 'all' as const }],
  ['Bearer ofA', { id: 'gwy_A', name: 'a', organizationId: orgA }],
  ['Bearer ofB', { id: 'gwy_B', name: 'b', organizationId: orgB }],
])

onEachStore('what gateways hear of each other', (open) => {
  let database: Database
  let clock: Clock = createClock()
  let control: Control
  const running: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    database = await open()
    await prepare(database)
  })
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop()
    clock = createClock()
  })
  const start = async (): Promise<void> => {
    control = await startControl(database, { clock, gateways })
    running.push(control.kill)
  }
  type Told = {
    readonly gateway: Gateway
    readonly last: () => Pick<Peers, 'items' | 'isPartial'> | undefined
    url: string
  }
  const attach = (token: string): Told => {
    const heard: Peers[] = []
    const told: Told = { gateway: made(), last: () => heard.at(-1), url: `https://${token}.test` }
    function made(): Gateway {
      const more = { peerUrl: () => told.url, learnPeers: (frame: Peers) => void heard.push(frame) }
      return startGateway(control.url, token, clock, more)
    }
    running.push(() => drive(told.gateway.attachment.stop(), clock))
    return told
  }
  const namesOf = (told: Told) => told.last()?.items.map(({ gateway }) => gateway)
  const hears = (told: Told, ...names: string[]) => until(() => JSON.stringify(namesOf(told)) === JSON.stringify(names))

  test('each hears of those that serve an organization which it serves too, itself left out, and of no other', async () => {
    await start()
    const [one, two, ofA, ofB] = ['one', 'two', 'ofA', 'ofB'].map(attach)
    if (!one || !two || !ofA || !ofB) throw new Error('not started')
    await hears(one, 'gwy_2', 'gwy_A', 'gwy_B')
    await hears(two, 'gwy_1', 'gwy_A', 'gwy_B')
    await hears(ofA, 'gwy_1', 'gwy_2')
    await hears(ofB, 'gwy_1', 'gwy_2')
    expect(one.last()?.items).toEqual([
      { gateway: 'gwy_2', url: 'https://two.test', organizations: null },
      { gateway: 'gwy_A', url: 'https://ofA.test', organizations: [orgA] },
      { gateway: 'gwy_B', url: 'https://ofB.test', organizations: [orgB] },
    ])
  })

  test('who says goodbye, breaks off, is reaped or drains is there no longer; who moves is there with its new address', async () => {
    await start()
    const one = attach('one')
    for (const leave of [
      (two: Told) => drive(two.gateway.attachment.stop(), clock),
      async () => [...control.sockets].at(-1)?.terminate(),
      async () => control.feed.gatewayGone('gwy_2'),
      async (two: Told) => {
        two.url = ''
        clock.advance(1000)
      },
    ]) {
      const two = attach('two')
      await until(() => two.gateway.attachment.contact() !== null)
      await hears(one, 'gwy_2')
      two.url = 'https://moved.test'
      clock.advance(1000)
      await until(() => one.last()?.items[0]?.url === 'https://moved.test')
      await leave(two)
      await hears(one)
      await drive(two.gateway.attachment.stop(), clock)
    }
  })

  test('an address of this machine is told to nobody who is reached from others: there it would be another’s port', async () => {
    await start()
    const one = attach('one')
    const door = 'http://127.0.0.1:4711'
    one.url = door
    const [two, ofA] = ['two', 'ofA'].map(attach)
    if (!two || !ofA) throw new Error('not started')
    two.url = 'http://localhost:4712'
    clock.advance(1000)
    await hears(one, 'gwy_2', 'gwy_A')
    await until(() => two.last()?.items[0]?.url === door)
    await hears(ofA)
  })

  test('one that does not say where it is, is nowhere', async () => {
    await start()
    const one = attach('one')
    const old = startGateway(control.url, 'two', clock)
    running.push(() => drive(old.attachment.stop(), clock))
    await until(() => old.attachment.contact() !== null)
    await hears(one)
  })

  test('a control that has just started says that others may be there, until they had the time to come back', async () => {
    await start()
    const one = attach('one')
    await hears(one)
    expect(one.last()?.isPartial).toBe(true)
    clock.advance(settleMs)
    await until(() => one.last()?.isPartial === false)
    expect(namesOf(one)).toEqual([])
  })
})
