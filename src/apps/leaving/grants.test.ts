import { beforeEach, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import { accessRequestJobs } from '../../control/access-request-links.ts'
import type { Database } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any

onEachStore('what was approved for an app that changes hands', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let ada: Actor
  let bob: Actor
  let wiki: Json
  let app: Json
  beforeEach(async () => {
    database = await open()
    world = await createWholeSurface(database)
    ada = await world.addMember('member', 'ada')
    bob = await world.addMember('member', 'bob')
    wiki = await world.addServer('wiki', { catalogs: [] })
    app = (await world.as(ada)('POST /apps', { body: { name: 'bot', slug: 'bot' } })).app
  })
  const ask = async (): Promise<Json> => {
    const body = { key: app.key, server: 'wiki', reason: 'the report' } as never
    return (await world.as(ada)('POST /access-requests', { body })).accessRequest
  }
  const approve = ({ id }: Json) =>
    world.call(world.owner, 'POST /access-requests/:id/approve', { params: { id }, body: {} })
  const isOpen = async (): Promise<boolean> => {
    const server = { id: wiki.id, project: wiki.project }
    const call = { kind: 'mcp', server, method: 'tools/call', tool: 'search' } as const
    return (await world.onGateway(app.key, call)).kind === 'allow'
  }
  const revisionOf = async (): Promise<number> =>
    (await world.snapshot()).find((each) => each.kind === 'key' && each.id === app.key)?.revision ?? 0
  const leave = () => world.ask('POST /members/:id/deactivate', { params: { id: ada.memberId }, body: {} })
  const transfer = () =>
    world.ask('POST /members/:id/transfer', {
      params: { id: ada.memberId },
      body: { to: { type: 'member', id: bob.memberId } },
    })
  const giveAway = () =>
    world.ask('PATCH /apps/:id', { params: { id: app.id }, body: { owner: { type: 'member', id: bob.memberId } } })

  test('G5 M15 does not pass to the heir of somebody who left, and is told of as ended', async () => {
    const request = await ask()
    expect(codeOf(await approve(request))).toBeNull()
    expect(await isOpen()).toBe(true)
    await leave()
    await transfer()
    expect(await isOpen()).toBe(false)
    await accessRequestJobs(
      { now: () => world.clock.now, randomBytes: () => Buffer.alloc(12, 7) } as never,
      {
        database,
      } as never,
    )[0]?.run(() => false)
    const shown = await world.ask('GET /access-requests/:id', { params: { id: request.id } })
    expect(shown.accessRequest.state).toBe('ended')
  })

  test('G5 does not pass to whoever gets the app by hand, and gateways hear of it', async () => {
    await approve(await ask())
    const before = await revisionOf()
    await giveAway()
    expect(await isOpen()).toBe(false)
    expect(await revisionOf()).toBeGreaterThan(before)
  })

  test('G5 what was asked for before cannot be approved for the next owner', async () => {
    const request = await ask()
    await leave()
    await transfer()
    expect(codeOf(await approve(request))).toBe('invalid')
    expect(await isOpen()).toBe(false)
  })

  test('M15 what a transfer would take away names what was approved for a time, for the key or for who left', async () => {
    const notes = await world.addServer('notes', { catalogs: [] })
    const mcp = { servers: { mode: 'only', items: [notes.id] } }
    const body = { server: 'notes', reason: 'the report' } as never
    const own = await world.as(ada)('POST /access-requests', { body })
    await approve(own.accessRequest)
    const { key } = await world.as(ada)('POST /keys', { body: { name: 'ci', mcp } as never })
    const asked = await world.as(ada)('POST /access-requests', {
      body: { key: key.id, server: 'wiki', reason: 'the report' } as never,
    })
    await approve(asked.accessRequest)
    await approve(await ask())
    await leave()
    const to = { type: 'member', id: bob.memberId }
    const planned = await world.ask('POST /members/:id/transfer', {
      params: { id: ada.memberId },
      body: { to, dryRun: true } as never,
    })
    const of = (id: string) => planned.keys.find((each: Json) => each.id === id)
    const both = [wiki.id, notes.id].toSorted()
    expect(of(key.id).before.servers.toSorted()).toEqual(both)
    expect([of(key.id).after.servers, of(key.id).lost.servers.toSorted()]).toEqual([[], both])
    expect([of(app.key).before.servers, of(app.key).after.servers]).toEqual([[wiki.id], []])
    await transfer()
    expect(await isOpen()).toBe(false)
  })
})
