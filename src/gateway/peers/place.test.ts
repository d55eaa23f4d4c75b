import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { newKey, organizationId, type TestKey } from '../../../test/fake-control.ts'
import { stdioRecord } from '../../../test/stdio-front.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import { type Incoming, noFacts } from '../incoming.ts'
import type { Found } from '../mcp/sessions.ts'
import type { Hop } from './arrival.ts'
import { placing } from './place.ts'

const stdio = stdioRecord({ command: 'true', args: [] })
const each: ServerRecord = { ...stdio, perGateway: true }
const http: ServerRecord = { ...stdio, transport: { type: 'http', url: 'http://127.0.0.1:1/mcp' } }
const sse: ServerRecord = { ...stdio, transport: { type: 'sse', url: 'http://127.0.0.1:1/sse' } }
const hop: Hop = {
  from: 'gwy_2',
  organization: organizationId,
  address: '',
  isProxy: false,
  requestId: '',
  body: '',
  proof: '',
}
let key: TestKey
beforeAll(async () => {
  key = await newKey()
})

type World = { readonly owner?: string; readonly found?: Found | null; readonly isThere?: boolean }
type Asked = {
  readonly server: ServerRecord
  readonly session?: string
  readonly method?: string
  readonly hop?: Hop
  readonly key?: TestKey
}
const here = { ok: true, value: { sessionId: null, elsewhere: null } }
const unknown = { ok: false, problem: { code: 'session_unknown' } }

function placeOf({ owner = 'gwy_1', found = null, isThere = true }: World, asked: Asked) {
  const names: string[] = []
  const place = placing({
    sessions: { open: (_holder, _session, mustBeHere) => (mustBeHere || found === null ? found : { here: 'raw' }) },
    peers: {
      isThere: () => isThere,
      ownerOf: (organization, name) => {
        names.push(`${organization} ${name}`)
        return owner
      },
    },
    gatewayId: () => 'gwy_1',
  })
  const request = new IncomingMessage(new Socket())
  request.method = asked.method ?? 'POST'
  if (asked.session !== undefined) request.headers['mcp-session-id'] = asked.session
  const call: Incoming = {
    request,
    requestId: '',
    address: '',
    isProxy: false,
    startedAt: 0,
    server: null,
    urlKey: null,
    route: '',
    facts: noFacts(),
    hop: asked.hop ?? null,
  }
  const { record } = asked.key ?? key
  return { place: place({ key: record, version: 1, child: null }, asked.server, call), names }
}

describe('without a session', () => {
  test('a process belongs to one gateway of the fleet, where all of its subject are', () => {
    const { place, names } = placeOf({ owner: 'gwy_2' }, { server: stdio })
    expect(place).toEqual({
      ok: true,
      value: { sessionId: null, elsewhere: { gateway: 'gwy_2', mayRunHere: true } },
    })
    expect(names).toEqual([`${organizationId} ${key.record.owner.id}`])
  })

  test('what begins no process, or one on each gateway, runs where it was asked', () => {
    for (const server of [http, sse, each]) expect(placeOf({ owner: 'gwy_2' }, { server }).place).toEqual(here)
    for (const method of ['GET', 'DELETE'])
      expect(placeOf({ owner: 'gwy_2' }, { server: stdio, method }).place).toEqual(here)
    expect(placeOf({ owner: 'gwy_1' }, { server: stdio }).place).toEqual(here)
  })

  test('a call that was handed on begins its process where it has come to', () => {
    expect(placeOf({ owner: 'gwy_2' }, { server: stdio, hop }).place).toEqual(here)
  })

  test('D60 a key that may not use the gateway of its process keeps the process where it is asked', async () => {
    const limited = await newKey({ scope: { gateways: { mode: 'only', items: ['gwy_1'] } } })
    expect(placeOf({ owner: 'gwy_2' }, { server: stdio, key: limited }).place).toEqual(here)
  })
})

describe('with a session', () => {
  const session = 'gwy_2.sealed'
  test('of a process, whether of a command or of a connection, the call goes where it began', () => {
    for (const server of [stdio, sse, each])
      for (const method of ['POST', 'GET', 'DELETE'])
        expect(placeOf({ found: { elsewhere: 'gwy_2' } }, { server, session, method }).place).toEqual({
          ok: true,
          value: { sessionId: null, elsewhere: { gateway: 'gwy_2', mayRunHere: false } },
        })
    expect(placeOf({ found: { here: 'raw' } }, { server: stdio, session }).place).toMatchObject({
      value: { sessionId: 'raw', elsewhere: null },
    })
  })

  test('of an HTTP server any gateway serves it', () => {
    expect(placeOf({ found: { elsewhere: 'gwy_2' } }, { server: http, session }).place).toMatchObject({
      value: { sessionId: 'raw', elsewhere: null },
    })
  })

  test('that is nobody’s, whose gateway is not there, or that was handed on to a gateway that does not have it, is unknown', () => {
    expect(placeOf({ found: null }, { server: stdio, session }).place).toMatchObject(unknown)
    const found = { elsewhere: 'gwy_2' }
    expect(placeOf({ found, isThere: false }, { server: stdio, session }).place).toMatchObject(unknown)
    expect(placeOf({ found }, { server: stdio, session, hop }).place).toMatchObject(unknown)
  })
})
