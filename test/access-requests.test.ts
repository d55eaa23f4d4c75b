import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { closed, only, open, type Peopled, type Person, startPeopled } from './peopled.ts'
import { stores } from './store-kinds.ts'

/** From the refusal to the yes and to its end, on the product as it runs. */
describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let ada: Person
  beforeAll(async () => {
    of = await startPeopled(store)
    ada = await of.person('ada')
    await of.server('wiki')
  })
  afterAll(() => of?.stop())

  const approve = (id: string, body: object = {}) => of.change('POST', `/access-requests/${id}/approve`, body)
  const ask = async (body: object): Promise<string> =>
    (await of.make('/access-requests', { reason: 'a report', ...body }, ada.token)).accessRequest.id

  test('G12 B31 a refused key says whom to ask; asked and approved it is open on the next call, and closes by itself', async () => {
    const key = await of.key({ mcp: { servers: only() } }, ada.token)
    const refusal = await of.call('wiki', key.secret)
    expect(refusal.status).toBe(403)
    const { data } = refusal.body.error
    expect(data.grantedBy).toMatch(/^an owner or admin of /)
    expect(data.ask).toBe(`${of.product.controlUrl}/api/v1/access-requests`)
    const id = await ask({ key: key.id, server: 'wiki' })
    expect(await of.verdict('wiki', key.secret)).toEqual(closed)
    await approve(id, { until: new Date(Date.now() + 4000).toISOString() })
    expect(await of.verdict('wiki', key.secret)).toEqual(open)
    const stream = await of.stream('wiki', key.secret)
    await stream.ended
    expect(await of.verdict('wiki', key.secret)).toEqual(closed)
    expect((await of.see(`/access-requests/${id}`, ada.token)).accessRequest.state).toBe('ended')
  }, 30_000)

  test('an early end closes it with the answer, open streams included, and children have it only as long as their key', async () => {
    const key = await of.key({ mcp: { servers: only() } }, ada.token)
    const child = await of.make(`/keys/${key.id}/children`, {}, ada.token)
    expect(await of.verdict('wiki', child.access_token)).toEqual(closed)
    const id = await ask({ key: key.id, tool: 'wiki/stream' })
    await approve(id)
    expect((await of.verdict('wiki', key.secret, 'other'))[1]).toBe('tool_not_allowed')
    const streams = [await of.stream('wiki', key.secret), await of.stream('wiki', child.access_token)]
    expect(streams.map((stream) => stream.isOpen())).toEqual([true, true])
    await of.change('POST', `/access-requests/${id}/end`, {})
    for (const stream of streams) await stream.ended
    expect(await of.verdict('wiki', key.secret, 'stream')).toEqual(closed)
    expect(await of.verdict('wiki', child.access_token, 'stream')).toEqual(closed)
  }, 30_000)

  test('whoever decides is told of a request, and whoever asked of the answer', async () => {
    const id = await ask({ server: 'wiki' })
    await of.product.rest('POST', `/access-requests/${id}/refuse`, { reason: 'not yet' })
    await vi.waitFor(
      async () => {
        const { items } = await of.see('/notifications', ada.token)
        expect(items.map(({ event, body }: { event: string; body: string }) => [event, body])).toContainEqual([
          'access-request.refused',
          'Why: not yet.',
        ])
      },
      { timeout: 15_000, interval: 200 },
    )
    const inbox = (await of.see('/notifications')).items.map(({ event }: { event: string }) => event)
    expect(inbox).toContain('access-request.created')
  }, 30_000)
})
