import { randomBytes } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { scopeOf } from '../../test/fake-control.ts'
import {
  type Clock,
  type Control,
  type ControlOptions,
  createClock,
  drive,
  type Gateway,
  listening,
  noting,
  rewriting,
  startControl,
  startGateway,
  until,
} from '../../test/feed-rig.ts'
import { changes, keyIdOf, orgA, organizationSecret, orgB, prepare } from '../../test/feed-store.ts'
import { onEachStore } from '../../test/stores.ts'
import { createUnsealer } from '../credentials/sealing.ts'
import type { Database } from '../db/database.ts'
import { isFresh } from './freshness.ts'
import { type FromGateway, frameVersions } from './schema.ts'

const gateways = new Map([
  ['Bearer embedded', { id: 'gwy_embedded', name: 'embedded', organizationId: orgA, serves: 'all' as const }],
  ['Bearer second', { id: 'gwy_second', name: 'second', organizationId: orgA, serves: 'all' as const }],
  ['Bearer limited', { id: 'gwy_limited', name: 'limited', organizationId: orgB }],
])

onEachStore('the feed', (open) => {
  let database: Database
  let change: ReturnType<typeof changes>
  let clock: Clock = createClock()
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
  const gateway = (url: string, token = 'embedded', more: Parameters<typeof startGateway>[3] = {}): Gateway => {
    const started = startGateway(url, token, clock, more)
    running.push(() => drive(started.attachment.stop(), clock))
    return started
  }
  const ready = async (url: string, token?: string): Promise<Gateway> => {
    const started = gateway(url, token)
    await until(() => started.seen.ready === 1 && started.attachment.contact() !== null)
    return started
  }
  let counter = 0
  const newKey = async (organization = orgA): Promise<string> => {
    counter += 1
    const id = keyIdOf(counter)
    await change.createKey(organization, id)
    return id
  }

  test('a gateway gets a snapshot, then each change, and acknowledges it', async () => {
    const { feed, url } = await control()
    const old = await newKey()
    const attached = await ready(url)
    await until(() => attached.stateOf(old) === 'active')
    const fresh = await newKey()
    await until(() => attached.stateOf(fresh) === 'active')
    const row = await change.revokeKey(orgA, old)
    const effect = await feed.effectOf(orgA, row, 1000)
    expect(effect.pending).toEqual([])
    expect(effect.acked).toEqual([{ gateway: 'gwy_embedded', afterMs: expect.any(Number) }])
    // G2: who has acknowledged has applied it, not only received it.
    expect(attached.stateOf(old)).toBe('revoked')
    expect(attached.seen.snapshots).toBe(1)
  })

  test('secrets reach the gateway sealed to it, bound to their record, and unreadable on the way', async () => {
    const { url } = await control()
    const frames: string[] = []
    const attached = gateway(url, 'embedded', { connect: listening(frames) })
    await until(() => attached.seen.ready === 1)
    const record = attached.held.get(orgA)
    if (record?.kind !== 'organization') throw new Error('no organization came')
    const unseal = createUnsealer(attached.keys)
    expect(unseal(`organization:${orgA}`, record.sealedSecrets).toString()).toBe(organizationSecret(orgA))
    expect(() => unseal(`organization:${orgB}`, record.sealedSecrets)).toThrow()
    expect(frames.join('')).not.toContain('canary')
  })

  test('G10 a gateway of one organization is sent nothing of another', async () => {
    const { url } = await control()
    const [before, own] = [await newKey(orgA), await newKey(orgB)]
    const frames: string[] = []
    const limited = gateway(url, 'limited', { connect: listening(frames) })
    await until(() => limited.seen.ready === 1)
    const after = await newKey(orgA)
    const last = await newKey(orgB)
    await until(() => limited.stateOf(last) === 'active')
    expect([...limited.held.values()].every(({ organization }) => organization === orgB)).toBe(true)
    expect(limited.stateOf(own)).toBe('active')
    for (const foreign of [before, after, orgA]) expect(frames.join('')).not.toContain(foreign)
  })

  test('ranges without anything for the gateway are sent all the same, so that its acknowledgement moves', async () => {
    const { feed, url } = await control()
    await ready(url, 'limited')
    const row = await change.createKey(orgA, 'key_ofNobodyHere0000')
    await until(() => feed.gatewaysOnline().every(({ lagMs, seq }) => lagMs === 0 && seq !== null))
    const number = feed.gatewaysOnline()[0]?.seq ?? 0
    expect(await feed.effectOf(orgA, row, 0)).toMatchObject({ acked: [], pending: [] })
    expect(number).toBeGreaterThan(0)
  })

  test('a burst of changes to one key becomes one record, as it is now', async () => {
    const { url } = await control()
    const attached = await ready(url)
    const id = await newKey()
    await Promise.all(Array.from({ length: 40 }, () => change.revokeKey(orgA, id)))
    await until(() => attached.held.get(id)?.revision === 41)
    expect(attached.seen.ranges).toBeLessThan(41)
  })

  test('a gateway that comes back with its position gets what it missed, not a snapshot', async () => {
    const { url, sockets } = await control()
    const attached = await ready(url)
    const id = await newKey()
    await until(() => attached.stateOf(id) === 'active')
    for (const socket of sockets) socket.terminate()
    await until(() => attached.attachment.contact() !== null && sockets.size === 1)
    await change.revokeKey(orgA, id)
    clock.advance(50)
    await until(() => attached.stateOf(id) === 'revoked')
    expect(attached.seen.snapshots).toBe(1)
  })

  test('a range that does not follow makes the gateway ask for everything again, and no answer counts until then', async () => {
    const { url } = await control()
    let isLost = false
    const attached = gateway(url, 'embedded', {
      connect: rewriting((frame) => {
        if (frame.type !== 'changes' || isLost) return frame
        isLost = true
        return { ...frame, after: frame.after + 1000 }
      }),
    })
    await until(() => attached.seen.ready === 1)
    const id = await newKey()
    await until(() => attached.seen.snapshots === 2)
    expect(attached.stateOf(id)).toBe('active')
    expect(isLost).toBe(true)
    const next = await newKey()
    await until(() => attached.stateOf(next) === 'active')
  })

  test('G2 a gateway that has asked for everything takes no answer as a confirmation of what it has', async () => {
    const { url } = await control()
    let isBroken = false
    let answers = 0
    let spoilt = 0
    const attached = gateway(url, 'embedded', {
      connect: rewriting((frame) => {
        if (isBroken && frame.type === 'heartbeat') answers += 1
        if (isBroken && frame.type === 'snapshot') return null
        if (!isBroken || frame.type !== 'changes') return frame
        spoilt += 1
        return { ...frame, after: frame.after + 1000 }
      }),
    })
    await until(() => attached.seen.ready === 1 && attached.attachment.contact() !== null)
    isBroken = true
    await newKey()
    await until(() => spoilt > 0)
    answers = 0
    const contact = attached.attachment.contact()
    await until(() => {
      clock.advance(1000)
      return answers > 1
    })
    expect(attached.attachment.contact()).toBe(contact)
  })

  test('a position of another database is void: the gateway gets a snapshot', async () => {
    const first = await control()
    const attached = await ready(first.url)
    const other = await open()
    await prepare(other)
    const second = await startControl(other, { clock, gateways })
    running.push(second.kill)
    attached.attachment.useUrl(second.url)
    await until(() => first.feed.gatewaysOnline().length === 0)
    clock.advance(50)
    await until(() => attached.seen.snapshots === 2)
    expect([...attached.held.values()].some(({ kind }) => kind === 'key')).toBe(false)
  })

  test('10,000 proofs are handed over when a gateway attaches, before it is ready', async () => {
    const { url, proofs } = await control()
    const items = Array.from({ length: 10_000 }, (_, n) => proofOf(keyIdOf(n)))
    proofs.learn([...items, { ...proofOf('key_b'), organization: orgB }])
    let atReady = 0
    const attached = gateway(url, 'embedded', {
      onReady: () => {
        atReady = attached.proofs.size
      },
    })
    await until(() => atReady > 0)
    expect(atReady).toBe(10_001)
    const limited = await ready(url, 'limited')
    expect([...limited.proofs.keys()]).toEqual(['key_b 1'])
  })

  test('proofs that a gateway reports reach the others of the organization, and a control that has lost its table', async () => {
    const first = await control()
    const [one, two, limited] = [
      await ready(first.url),
      await ready(first.url, 'second'),
      await ready(first.url, 'limited'),
    ]
    const proof = proofOf('key_reported')
    one.proofs.set('key_reported 1', proof)
    one.attachment.reportProofs([proof])
    clock.advance(200)
    await until(() => two.proofs.has('key_reported 1') && first.proofs.size() === 1)
    expect(limited.proofs.size).toBe(0)
    const second = await control()
    one.attachment.useUrl(second.url)
    await until(() => first.feed.gatewaysOnline().length === 2)
    clock.advance(50)
    await until(() => second.feed.gatewaysOnline().length === 1)
    await until(() => {
      clock.advance(50)
      return second.proofs.size() === 1
    })
    expect(second.proofs.table(() => true)).toEqual([proof])
  })

  test('a gateway cannot report for an organization that it does not serve', async () => {
    const { url, proofs, reports } = await control()
    const limited = await ready(url, 'limited')
    limited.attachment.reportProofs([proofOf('key_foreign'), { ...proofOf('key_own'), organization: orgB }])
    limited.attachment.reportServers([reportOf(orgA), reportOf(orgB)])
    clock.advance(200)
    await until(() => proofs.size() > 0 && reports.length > 0)
    expect(proofs.table(() => true).map(({ key }) => key)).toEqual(['key_own'])
    expect(reports.map(({ organization }) => organization)).toEqual([orgB])
  })

  test('the proof of a key that was revoked is dropped', async () => {
    const { feed, proofs, url } = await control()
    const id = await newKey()
    await ready(url)
    feed.shareProofs([proofOf(id)])
    expect(proofs.size()).toBe(1)
    await feed.effectOf(orgA, await change.revokeKey(orgA, id), 1000)
    await until(() => proofs.size() === 0)
  })

  test('an unreadable record is taken from the gateways instead of keeping every later change from them', async () => {
    const { url } = await control()
    const attached = await ready(url)
    const id = await newKey()
    await until(() => attached.stateOf(id) === 'active')
    await database.transaction(orgA, async (db) => {
      await db.updateTable('keys').set({ scope: 'not json' }).where('id', '=', id).execute()
    })
    await change.revokeKey(orgA, id)
    const after = await newKey()
    await until(() => {
      clock.advance(250)
      return attached.stateOf(after) === 'active'
    })
    expect(attached.stateOf(id)).toBe('gone')
    await database.transaction(orgA, async (db) => {
      await db
        .updateTable('keys')
        .set({ scope: JSON.stringify(scopeOf()) })
        .where('id', '=', id)
        .execute()
    })
  })

  describe('a socket that does not speak the feed', () => {
    const raw = async (url: string): Promise<{ socket: WebSocket; closed: Promise<[number, string]> }> => {
      const socket = new WebSocket(url.replace('http', 'ws'), { headers: { authorization: 'Bearer embedded' } })
      const closed = new Promise<[number, string]>((resolve) => {
        socket.on('close', (code, reason) => resolve([code, reason.toString()]))
      })
      await new Promise((resolve) => socket.on('open', resolve))
      return { socket, closed }
    }
    const hello: FromGateway = {
      type: 'hello',
      frames: frameVersions,
      software: '0',
      boot: 'b',
      position: null,
      sealingKey: createSealingKey(),
      publicUrl: '',
    }
    test.each([
      ['is no JSON', 'x', 'not a JSON object'],
      ['comes before hello', JSON.stringify({ type: 'heartbeat', n: 1, lastAnswerAgeMs: null }), 'hello comes first'],
      ['has a field of the wrong kind', JSON.stringify({ ...hello, boot: 7 }), 'malformed hello'],
      ['has no key to seal to', JSON.stringify({ ...hello, sealingKey: 'AAAA' }), 'malformed sealing key'],
    ])('is closed with a reason when its frame %s', async (_title, text, reason) => {
      const { url } = await control()
      const { socket, closed } = await raw(url)
      socket.send(text)
      expect(await closed).toEqual([1008, reason])
    })

    test('is told when no version of the frames is common to both ends', async () => {
      const { url } = await control()
      const { socket, closed } = await raw(url)
      socket.send(
        JSON.stringify({ ...hello, frames: { oldest: frameVersions.newest + 1, newest: frameVersions.newest + 2 } }),
      )
      expect((await closed)[0]).toBe(4426)
    })

    test('may send frames and fields that nobody knows yet', async () => {
      const { url, feed } = await control()
      const { socket } = await raw(url)
      socket.send(JSON.stringify({ ...hello, later: true, frames: { oldest: 1, newest: 9 } }))
      socket.send(JSON.stringify({ type: 'from-the-future' }))
      const answered = new Promise((resolve) => {
        socket.on('message', (data) => String(data).startsWith('{"type":"heartbeat"') && resolve(true))
      })
      socket.send(JSON.stringify({ type: 'heartbeat', n: 1, lastAnswerAgeMs: null }))
      expect(await answered).toBe(true)
      expect(feed.gatewaysOnline()).toHaveLength(1)
      socket.close()
    })

    test('is not heard any more when control has said that it ends', async () => {
      const seen: string[] = []
      const [begun, closing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const note = (what: string) => () => void seen.push(what)
      const { url, feed } = await control({
        onSeen: note('seen'),
        // biome-ignore lint/correctness/useYield: the first page is what fails
        snapshotOf: async function* () {
          begun.resolve()
          await closing.promise
          throw new Error('The database is closed')
        },
        log: { info: note('info'), warn: note('warn'), error: note('error') },
      })
      const { socket, closed } = await raw(url)
      socket.send(JSON.stringify(hello))
      await begun.promise
      const before = [...seen]
      feed.close()
      closing.resolve()
      socket.send(JSON.stringify({ type: 'heartbeat', n: 1, lastAnswerAgeMs: null, publicUrl: 'https://gw.example' }))
      expect((await closed)[0]).toBe(1001)
      await until(() => feed.gatewaysOnline().length === 0)
      expect(seen).toEqual(before)
    })

    test('is dropped after ten seconds of silence', async () => {
      const { url } = await control()
      const { closed } = await raw(url)
      clock.advance(10_000)
      expect((await closed)[0]).toBe(1006)
    })
  })

  test('a token that is not accepted is tried again, but slowly', async () => {
    const { url } = await control()
    let dialled = 0
    const connect = noting(() => {
      dialled += 1
    })
    const attached = gateway(url, 'wrong', { connect })
    await until(() => dialled === 1)
    await until(() => {
      clock.advance(100)
      return dialled === 2
    })
    expect(attached.attachment.contact()).toBeNull()
    expect(clock.monotonic() - 1_000_000).toBeGreaterThanOrEqual(5000)
  })

  test('a gateway that has heard nothing for its freshness is stale, and fresh again only after it has caught up', async () => {
    const first = await control()
    const attached = await ready(first.url)
    const id = await newKey()
    await until(() => attached.stateOf(id) === 'active')
    await first.kill()
    const fresh = () => isFresh(attached.attachment.contact(), { monotonic: clock.monotonic(), wall: clock.now() }, 60)
    expect(fresh()).toBe(true)
    clock.advance(59_000)
    // Control is away, the gateway goes on.
    expect(fresh()).toBe(true)
    clock.advance(1_000)
    expect(fresh()).toBe(false)
    await change.revokeKey(orgA, id)
    const second = await control()
    attached.attachment.useUrl(second.url)
    await until(() => {
      clock.advance(50)
      // G2: at no moment is it fresh with the state from before the partition.
      if (fresh()) expect(attached.stateOf(id)).toBe('revoked')
      return fresh()
    })
    expect(attached.stateOf(id)).toBe('revoked')
  })
})

function createSealingKey(): string {
  // Any point will do: nothing is opened with it.
  return Buffer.concat([Buffer.from([9]), Buffer.alloc(31)]).toString('base64url')
}

const proofOf = (key: string) => ({ organization: orgA, key, version: 1, proof: randomBytes(32).toString('base64url') })
const reportOf = (organization: string) => ({ organization, server: 'srv_1', revision: 1, state: 'ready' as const })
