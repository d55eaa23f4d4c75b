import { afterEach, beforeAll, expect, test } from 'vitest'
import { type Control, createClock, drive, startControl, startGateway, until } from '../../test/feed-rig.ts'
import { keyIdOf, orgA, orgB, prepare } from '../../test/feed-store.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { UsageReport } from './feed-state.ts'
import { type FromGateway, type Sighting, type UsageItem, usageLimits } from './schema.ts'

onEachStore('what a gateway tells of keys', (open) => {
  let database: Database
  let control: Control
  const clock = createClock()
  const gateways = new Map([
    ['Bearer own', { id: 'gwy_b', name: 'own', organizationId: orgB }],
    ['Bearer all', { id: 'gwy_all', name: 'all', organizationId: orgA, serves: 'all' as const }],
  ])
  const taken: UsageReport[] = []
  let takes = async (_report: UsageReport) => true
  beforeAll(async () => {
    database = await open()
    await prepare(database)
  })
  afterEach(() => control.kill())

  const attached = async (token: string) => {
    control = await startControl(database, {
      clock,
      gateways,
      more: {
        takeUsage: (report) => {
          taken.push(report)
          return takes(report)
        },
      },
    })
    const confirmed: number[] = []
    let send: ((frame: FromGateway) => void) | null = null
    const usage = {
      attached: (sending: (frame: FromGateway) => void) => {
        send = sending
      },
      detached: () => {},
      taken: (seq: number) => void confirmed.push(seq),
      flush: () => {},
    }
    const gateway = startGateway(control.url, token, clock, { usage })
    await until(() => send !== null)
    return { ...gateway, confirmed, send: (frame: FromGateway) => send?.(frame) }
  }
  const item = (organization: string): UsageItem => ({
    organization,
    key: keyIdOf(1),
    version: 1,
    child: null,
    client: '',
    address: '',
    server: '',
    tool: '',
    requests: 1,
    firstAt: 1,
    lastAt: 1,
  })
  const sighting = (organization: string): Sighting => {
    return { organization, key: keyIdOf(1), kind: 'honey', address: '', client: '', what: '', at: 1 }
  }

  test('G10 counts for the organizations that it serves, and for no other', async () => {
    const { attachment, confirmed, send } = await attached('own')
    taken.length = 0
    send({ type: 'usage', seq: 1, confirmed: 0, items: [item(orgA), item(orgB), item('org_cccccccccccccccc')] })
    send({ type: 'sightings', items: [sighting(orgA), sighting(orgB)] })
    await until(() => confirmed.length === 1 && control.sightings.length === 1)
    expect(taken.map(({ gateway, seq, items }) => [gateway, seq, items])).toEqual([['gwy_b', 1, [item(orgB)]]])
    expect(control.sightings).toEqual([sighting(orgB)])
    await drive(attachment.stop(), clock)
  })

  test('is confirmed when it is counted, and not before', async () => {
    const { attachment, confirmed, send } = await attached('all')
    const [late, refused] = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()]
    takes = ({ seq }) => (seq === 1 ? late.promise : refused.promise)
    send({ type: 'usage', seq: 1, confirmed: 0, items: [item(orgA), item(orgB)] })
    send({ type: 'usage', seq: 2, confirmed: 0, items: [item(orgA)] })
    await until(() => taken.at(-1)?.seq === 2)
    refused.resolve(false)
    expect(confirmed).toEqual([])
    late.resolve(true)
    await until(() => confirmed.length === 1)
    expect(confirmed).toEqual([1])
    takes = async () => true
    await drive(attachment.stop(), clock)
  })

  test('in a frame that is too large ends the connection, and nothing of it counts', async () => {
    const { attachment, send } = await attached('all')
    taken.length = 0
    const items = Array.from({ length: usageLimits.itemsPerReport + 1 }, () => item(orgA))
    send({ type: 'usage', seq: 1, confirmed: 0, items })
    await until(() => control.feed.gatewaysOnline().length === 0)
    expect(taken).toEqual([])
    await drive(attachment.stop(), clock)
  })
})
