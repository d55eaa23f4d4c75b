import { expect, test } from 'vitest'
import { httpServer, newKey } from '../../../../test/fake-control.ts'
import { catalogRecord } from '../../../../test/rights.ts'
import type { Subject } from '../../../access/decide.ts'
import { ok } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { admitSome, createGate, takesAway } from './gate.ts'

const serverOf = (slug: string): ServerRecord => ({
  ...httpServer(slug, 'http://127.0.0.1:1/mcp'),
  transport: { type: 'http', url: 'http://127.0.0.1:1/mcp' },
  injection: null,
})

test('one server that is reached is enough to come in, and the others are not looked at', async () => {
  const { record } = await newKey()
  const servers = ['a', 'b', 'c'].map(serverOf)
  let looked = 0
  const watched = new Proxy(servers, {
    get: (list, name) => {
      if (name === '0' || name === '1' || name === '2') looked += 1
      return Reflect.get(list, name)
    },
  })
  const backing = {
    isOwned: true,
    app: null,
    catalogs: [
      catalogRecord(
        'all',
        servers.map(({ id }) => id),
        { everyone: true },
      ),
    ],
    projects: new Set(record.scope.projects),
    isOneEnvironment: true,
    addresses: [],
  }
  const subject: Subject = { key: record, child: null, backing, gateway: 'gwy_1', address: '10.1.2.3' }
  const caller = { key: record, version: 1, child: null }
  const deps = { subjectOf: () => ok(subject), serversOf: () => watched, findServer: () => null, now: () => 0 }
  expect(admitSome(createGate(deps, caller, '10.1.2.3')).ok).toBe(true)
  expect(looked).toBe(1)
})

test('what is lost is told from what is won', () => {
  const [one, two] = ['["srv_1","a",{"mode":"all"}]', '["srv_2","b",{"mode":"all"}]']
  expect(takesAway(one, `${one}\n${two}`)).toBe(false)
  expect(takesAway(`${one}\n${two}`, two)).toBe(true)
  expect(takesAway(one, '["srv_1","a",{"mode":"none"}]')).toBe(true)
  expect([takesAway('', one), takesAway(one, ''), takesAway('', '')]).toEqual([false, true, false])
})
