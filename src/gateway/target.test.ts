import { expect, test } from 'vitest'
import { stdioRecord } from '../../test/stdio-front.ts'
import type { ServerRecord } from '../servers/schema.ts'
import { leadsElsewhere } from './target.ts'

const slot = { slot: 'header', name: 'X-Key', template: '{value}' } as const
const credential = { credential: 'crd_a', version: 1, slot, sealedValue: 'sealed' }
const server: ServerRecord = {
  ...stdioRecord({ command: '', args: [] }),
  transport: { type: 'http', url: 'https://one.test/mcp' },
  injection: credential,
}

test('a server that was renamed, or whose record was only sealed again, leads where it led', () => {
  const again = { ...server, revision: 2, slug: 'other', injection: { ...credential, sealedValue: 'sealed anew' } }
  expect(leadsElsewhere(server, server)).toBe(false)
  expect(leadsElsewhere(server, again)).toBe(false)
})

test('G2 another address, command, credential or version of it leads elsewhere', () => {
  const others: Partial<ServerRecord>[] = [
    { transport: { type: 'http', url: 'https://two.test/mcp' } },
    { transport: { type: 'sse', url: 'https://one.test/mcp' } },
    { transport: stdioRecord({ command: 'node', args: ['one'] }).transport },
    { injection: { ...credential, version: 2 } },
    { injection: { ...credential, credential: 'crd_b' } },
    { injection: { ...credential, slot: { ...slot, name: 'X-Other' } } },
    { injection: null },
  ]
  for (const other of others) expect(leadsElsewhere(server, { ...server, ...other }), JSON.stringify(other)).toBe(true)
  const child = (argument: string) => stdioRecord({ command: 'node', args: [argument] })
  expect(leadsElsewhere(child('one'), child('two'))).toBe(true)
})
