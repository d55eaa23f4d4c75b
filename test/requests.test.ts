import { afterAll, beforeAll, expect, test } from 'vitest'
import { onEachStore } from './stores.ts'
import { type Running, startControl } from './tenants/control.ts'

onEachStore('the log of requests over REST', (_open, stores) => {
  let control: Running
  beforeAll(async () => {
    control = await startControl(stores)
  })
  afterAll(() => control?.stop())
  const ask = (where: string) => control.ask(control.operator, `GET ${where}`)

  test('D33 any member of metadata is a filter, and what is no filter is refused by its name', async () => {
    const { status, body } = await ask('/requests?metadata.team=a%26b&metadata.n=1&status=200&limit=5')
    expect([status, body]).toEqual([200, { items: [], nextCursor: null, refs: {} }])
    for (const [query, pointer] of [
      ['nothing=1', '?nothing'],
      ['metadata.=1', '?metadata.'],
      ['status=-1', '?status'],
      ['from=yesterday', '?from'],
      ['metadata.a=1&metadata.a=2', '?metadata.a'],
      ['key=', '?key'],
    ]) {
      const refused = await ask(`/requests?${query}`)
      expect([query, refused.code, refused.body.errors[0].pointer]).toEqual([query, 'invalid', pointer])
    }
    const many = Array.from({ length: 6 }, (_, n) => `metadata.m${n}=1`).join('&')
    expect((await ask(`/requests?${many}`)).code).toBe('invalid')
    expect((await ask('/usage?by=nothing')).code).toBe('invalid')
    expect((await ask('/usage?metadata.a=1')).code).toBe('invalid')
  })

  test('the description names its filters', async () => {
    const { paths } = (await ask('/openapi.json')).body
    const names = paths['/api/v1/requests'].get.parameters.map(({ name }: { name: string }) => name)
    expect(names).toEqual(
      expect.arrayContaining(['key', 'status', 'code', 'admitted', 'address', 'client', 'from', 'cursor', 'limit']),
    )
  })

  test('tables come as files of their kind', async () => {
    const requests = await ask('/requests.csv')
    expect(requests.text).toMatch(/^at,id,kind,key,key_name,.*,metadata\r\n$/)
    expect((await ask('/usage.csv?by=metadata.team')).text).toMatch(/^by,id,of,name,requests,.*,share\r\n$/)
    expect((await ask('/requests.json')).body).toEqual({ items: [] })
  })

  test('how long calls are kept is a policy with its bounds', async () => {
    const change = (requestsKeptDays: unknown) => control.ask(control.operator, 'PATCH /policies', { requestsKeptDays })
    expect((await ask('/policies')).body.policies.requestsKeptDays).toBe(30)
    expect((await change(90)).body.policies.requestsKeptDays).toBe(90)
    for (const wrong of [0, 3651, 1.5, '30']) expect((await change(wrong)).code).toBe('invalid')
    expect((await change(null)).body.policies.requestsKeptDays).toBe(30)
    expect(control.failures).toEqual([])
  })
})
