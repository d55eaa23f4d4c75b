import { afterEach, beforeAll, expect, test } from 'vitest'
import { type Control, createClock, drive, startControl, startGateway, until } from '../../../test/feed-rig.ts'
import { keyIdOf, orgA, orgB, prepare } from '../../../test/feed-store.ts'
import { call } from '../../../test/spool-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import type { RecordsReport } from '../feed-state.ts'
import type { FromGateway, Sighting } from '../schema.ts'
import type { Holder } from '../slices/schema.ts'
import { type CallRecord, recordsPerFrame } from './schema.ts'

onEachStore('what a gateway tells of calls and keys', (open) => {
  let database: Database
  let control: Control
  const clock = createClock()
  const gateways = new Map([
    ['Bearer own', { id: 'gwy_b', name: 'own', organizationId: orgB }],
    ['Bearer all', { id: 'gwy_all', name: 'all', organizationId: orgA, serves: 'all' as const }],
  ])
  const taken: RecordsReport[] = []
  const closed: [Holder, number][] = []
  let takes = async (_report: RecordsReport) => true
  let closes = async () => {}
  beforeAll(async () => {
    database = await open()
    await prepare(database)
  })
  afterEach(() => control.kill())

  const attached = async (token: string) => {
    taken.length = 0
    closed.length = 0
    control = await startControl(database, {
      clock,
      gateways,
      more: {
        takeRecords: (report) => {
          taken.push(report)
          return takes(report)
        },
        closeBoot: (holder, last) => {
          closed.push([holder, last])
          return closes()
        },
      },
    })
    const confirmed: [string, number][] = []
    const ended: string[] = []
    let send: ((frame: FromGateway) => void) | null = null
    const records = {
      attached: (sending: (frame: FromGateway) => void) => {
        send = sending
      },
      detached: () => {},
      taken: (boot: string, upTo: number) => void confirmed.push([boot, upTo]),
      ended: (boot: string) => void ended.push(boot),
      flush: () => {},
    }
    const gateway = startGateway(control.url, token, clock, { records, boot: 'boot_now' })
    await until(() => send !== null)
    return { ...gateway, confirmed, ended, send: (frame: FromGateway) => send?.(frame) }
  }
  const record = (seq: number, organization = orgA): CallRecord => ({
    ...call(`req_${seq}`, { organization, key: keyIdOf(1) }),
    seq,
  })
  const frame = (boot: string, ...records: CallRecord[]): FromGateway => ({
    type: 'records',
    boot,
    confirmed: (records[0]?.seq ?? 1) - 1,
    records,
  })
  const sighting = (organization: string): Sighting => {
    return { organization, key: keyIdOf(1), kind: 'honey', address: '', client: '', what: '', at: 1 }
  }

  test('is confirmed when it is counted, and not before: of this life and of earlier ones', async () => {
    const { attachment, confirmed, send } = await attached('all')
    const [late, refused] = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()]
    takes = ({ boot }) => (boot === 'boot_now' ? late.promise : refused.promise)
    send(frame('boot_now', record(1), record(2, orgB)))
    send(frame('boot_before', record(1)))
    await until(() => taken.length === 2)
    refused.resolve(false)
    expect(confirmed).toEqual([])
    late.resolve(true)
    await until(() => confirmed.length === 1)
    expect(confirmed).toEqual([['boot_now', 2]])
    expect(taken.map(({ gateway, boot, confirmed: known }) => [gateway, boot, known])).toEqual([
      ['gwy_all', 'boot_now', 0],
      ['gwy_all', 'boot_before', 0],
    ])
    takes = async () => true
    await drive(attachment.stop(), clock)
  })

  test.each<[string, () => FromGateway]>([
    ['G10 of an organization that it does not serve', () => frame('boot_now', record(1, orgB), record(2, orgA))],
    ['with a gap', () => frame('boot_now', record(1, orgB), record(3, orgB))],
    ['in no order', () => frame('boot_now', record(2, orgB), record(1, orgB))],
    [
      'of too many at once',
      () => frame('boot_now', ...Array.from({ length: recordsPerFrame + 1 }, (_, n) => record(n + 1, orgB))),
    ],
    ['that is none', () => frame('boot_now', { ...record(1, orgB), cost: -1 })],
  ])('a frame %s ends the connection, and nothing of it counts', async (_name, make) => {
    const { attachment, send } = await attached('own')
    send(make())
    await until(() => control.feed.gatewaysOnline().length === 0)
    expect(taken).toEqual([])
    await drive(attachment.stop(), clock)
  })

  test('G9 a boot is said to be ended when that is written, and never the one that goes on', async () => {
    const { attachment, ended, send } = await attached('all')
    closes = () => Promise.reject(new Error('the disk is full'))
    send({ type: 'boot-closed', boot: 'boot_before', last: 7 })
    await until(() => closed.length === 1)
    closes = async () => {}
    send({ type: 'boot-closed', boot: 'boot_now', last: 9 })
    send({ type: 'boot-closed', boot: 'boot_before', last: 7 })
    await until(() => ended.length === 1)
    expect(ended).toEqual(['boot_before'])
    expect(closed).toEqual(Array(2).fill([{ gateway: 'gwy_all', boot: 'boot_before' }, 7]))
    await drive(attachment.stop(), clock)
  })

  test('G10 sightings count for the organizations that it serves, and for no other', async () => {
    const { attachment, send } = await attached('own')
    send({ type: 'sightings', items: [sighting(orgA), sighting(orgB)] })
    await until(() => control.sightings.length === 1)
    expect(control.sightings).toEqual([sighting(orgB)])
    await drive(attachment.stop(), clock)
  })
})
