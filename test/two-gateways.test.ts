import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGatewayApart } from './gateway-apart.ts'
import { all, calling, closed, except, none, only, open, type Peopled, startPeopled, verdictOf } from './peopled.ts'
import { ask, type Json } from './product.ts'
import { addTenant, type Tenant } from './seed.ts'
import { stores } from './store-kinds.ts'

/** A second gateway of the organization, and one of another organization, each a process that runs apart. */

const elsewhere = [401, 'gateway_not_allowed']
type Place = { readonly id: string; readonly url: string }

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let theirs: Tenant
  let [first, second, foreign]: Place[] = []
  const cleanUp: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    of = await startPeopled(store)
    cleanUp.push(of.stop)
    await of.server('wiki', { catalogs: ['everyone'] })
    const { transport } = await of.server('other', { catalogs: ['everyone'] })
    theirs = await addTenant(of.product, transport.url, 'theirs')
    const [embedded] = (await of.see('/gateways')).items
    first = { id: embedded.id, url: of.product.gatewayUrl }
    ;[second, foreign] = await Promise.all([startApart('second'), startApart('foreign', theirs.managementToken)])
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const startApart = async (name: string, token?: string): Promise<Place> => {
    const gateway = await startGatewayApart(of, name, token)
    cleanUp.push(gateway.stop)
    return gateway
  }
  const at = async (place: Place | undefined, secret: string, server = 'wiki') => {
    const answer = await ask(`${place?.url}/mcp-connect/${server}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${secret}` },
      body: JSON.stringify(calling('any')),
    })
    return verdictOf(answer)
  }

  test('D04 a key works on every gateway of its organization, and on that of another it is no key at all', async () => {
    const { secret } = await of.key({ mcp: { servers: all } })
    expect([await at(first, secret), await at(second, secret)]).toEqual([open, open])
    expect(await at(foreign, secret)).toEqual([401, 'key_invalid'])
    expect(await at(foreign, theirs.key.secret, 'theirs')).toEqual(open)
    expect(await at(second, theirs.key.secret, 'theirs')).toEqual([401, 'key_invalid'])
  })

  test('D60 a key that is limited to gateways is refused by all others, with a code of its own', async () => {
    const keyFor = async (gateways: Json) => (await of.key({ mcp: { servers: all }, gateways })).secret
    const one = await keyFor(only(first?.id ?? ''))
    expect([await at(first, one), await at(second, one)]).toEqual([open, elsewhere])
    const other = await keyFor(except(first?.id ?? ''))
    expect([await at(first, other), await at(second, other)]).toEqual([elsewhere, open])
    const nowhere = await keyFor(none)
    expect([await at(first, nowhere), await at(second, nowhere)]).toEqual([elsewhere, elsewhere])
  })

  test('D60 the gateways of a key are changed with effect on both at the next call', async () => {
    const key = await of.key({ mcp: { servers: all } })
    expect([await at(first, key.secret), await at(second, key.secret)]).toEqual([open, open])
    const { effect } = await of.change('PATCH', `/keys/${key.id}`, { gateways: only(second?.id ?? '') })
    expect(effect.acked.map(({ gateway }: Json) => gateway).toSorted()).toEqual([first?.id, second?.id].toSorted())
    expect([await at(first, key.secret), await at(second, key.secret)]).toEqual([elsewhere, open])
    await of.change('PATCH', `/keys/${key.id}`, { gateways: null })
    expect([await at(first, key.secret), await at(second, key.secret)]).toEqual([open, open])
  })

  test('D60 a gateway of another organization cannot be named', async () => {
    const body = { name: 'too far', mcp: { servers: all }, gateways: only(foreign?.id ?? '') }
    const refused = await of.product.rest('POST', '/keys', body)
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([422, '/gateways/items/0'])
  })

  test('B31 G2 a lost right is lost on both gateways when the change is acknowledged', async () => {
    const person = await of.person('ada')
    await of.server('shared')
    await of.make('/catalogs', { slug: 'shared', servers: ['shared'], audience: { members: [person.id] } })
    const { secret } = await of.key({ mcp: { servers: all } }, person.token)
    expect([await at(first, secret, 'shared'), await at(second, secret, 'shared')]).toEqual([open, open])
    await of.change('PATCH', '/catalogs/shared', { audience: null })
    expect([await at(first, secret, 'shared'), await at(second, secret, 'shared')]).toEqual([closed, closed])
  })

  test('D60 explain gives the verdict of the gateway that is asked about', async () => {
    const key = await of.key({ mcp: { servers: all }, gateways: only(first?.id ?? '') })
    const explained = async (gateway: string | undefined) => {
      const { status, body } = await of.product.rest('POST', '/access/explain', {
        key: key.id,
        call: { kind: 'mcp', server: 'wiki', tool: 'any' },
        gateway,
      })
      return [status, body.allowed, body.code, body.rule]
    }
    expect(await explained(first?.id)).toEqual([200, true, null, null])
    expect(await explained(second?.id)).toEqual([200, false, 'gateway_not_allowed', 'key.gateways'])
    expect((await explained(foreign?.id))[0]).toBe(422)
  })
})
