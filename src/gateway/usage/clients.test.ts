import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mint } from '../../keys/token.ts'
import type { Message } from '../mcp/message.ts'
import { createClients } from './clients.ts'
import { createSaid } from './said.ts'

const message = (method: string, params: unknown): Message => ({
  bytes: Buffer.from(''),
  json: { jsonrpc: '2.0', id: 1, method, params },
  method,
  tool: null,
  id: 1,
})
const initialize = (clientInfo: unknown) => message('initialize', { clientInfo })
const list = message('tools/list', {})
const session = { 'mcp-session-id': 'gwy_1.abc', 'user-agent': 'node' }

describe('which program calls', () => {
  test('it says when it opens a session, and the session says later', () => {
    const clients = createClients()
    const cursor = initialize({ name: 'Cursor', version: '3.1' })
    expect(clients.sending({ 'user-agent': 'node' }, cursor)).toBe('Cursor/3.1')
    clients.opened('gwy_1.abc', cursor)
    expect(clients.sending(session, list)).toBe('Cursor/3.1')
    expect(clients.of(session)).toBe('Cursor/3.1')
    expect(clients.sending({ 'user-agent': 'node' }, list)).toBe('node')
  })

  test('since 2026-07-28 it says so with each call', () => {
    const modern = message('tools/list', { _meta: { 'io.modelcontextprotocol/clientInfo': { name: 'Zed' } } })
    expect(createClients().sending(session, modern)).toBe('Zed')
  })

  test.each([undefined, null, 'Cursor', [], {}, { name: 7 }, { name: '' }, { version: '1' }])(
    'where it says nothing that is a name (%j) its user agent does',
    (info) => {
      const clients = createClients()
      clients.opened('gwy_1.abc', initialize(info))
      expect(clients.sending(session, initialize(info))).toBe('node')
      expect(clients.sending({}, initialize(info))).toBe('')
      expect(clients.of(session)).toBe('node')
    },
  )

  test('a name that every object has is none', () => {
    const info = JSON.parse('{"__proto__": {"name": "x", "version": "1"}}')
    expect(createClients().sending({}, initialize(info))).toBe('')
  })
})

describe('what callers say', () => {
  const said = createSaid(128)

  test('is one line of so many characters', () => {
    expect(said(' a\n\tb\u0000\u001b[31m\u202e\u200bc ')).toBe('a b [31m c')
    expect(said('x'.repeat(100_000))).toHaveLength(128)
    expect(said(`${'x'.repeat(127)}😀`)).toBe(`${'x'.repeat(127)}\ufffd`)
  })

  test('holds no token of ours, not half of one, and nobody else’s secret', () => {
    for (const kind of ['k', 'u', 'a', 'g'] as const) {
      const token = mint(kind, randomBytes).secret.reveal()
      for (const text of [token, `curl/8 ${token}`, `x${token}y`, `${'p'.repeat(110)} ${token}`, token.slice(0, 50)])
        expect(said(text)).not.toContain(token.slice(22, 40))
    }
    expect(said(`agent oste_${'a'.repeat(30)}.${'b'.repeat(30)}.${'c'.repeat(86)}`)).toBe('agent')
    expect(said(`agent ghp_${'aB3'.repeat(12)}`)).toBe('agent')
  })

  test('is the same however often it is said, and whatever else is said meanwhile', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const clean = said(text)
        expect(said(text)).toBe(clean)
        expect(createSaid(128)(text)).toBe(clean)
        expect(clean.length).toBeLessThanOrEqual(128)
        expect(clean.isWellFormed()).toBe(true)
        expect(clean).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})
