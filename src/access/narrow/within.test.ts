import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AddressRule, Choice, Scope } from '../../keys/schema.ts'
import { admitsAddress } from '../addresses.ts'
import { admits, admitsTool } from '../choice.ts'
import type { Narrow } from './schema.ts'
import { beyond, wider } from './within.ts'

const names = ['a', 'b', 'c', 'd']
const choices: fc.Arbitrary<Choice> = fc.oneof(
  fc.constant({ mode: 'all' } as const),
  fc.constant({ mode: 'none' } as const),
  fc.subarray(names).map((items) => ({ mode: 'only', items }) as const),
  fc.subarray(names).map((items) => ({ mode: 'except', items }) as const),
)

test.each([
  ['servers', admits],
  ['tools', admitsTool],
] as const)('G5 a choice of %s is taken exactly when it admits nothing that its parent does not', (_, may) => {
  const taken = { yes: 0, no: 0 }
  fc.assert(
    fc.property(choices, choices, (choice, parent) => {
      const isTaken = wider(choice, parent, '', may).length === 0
      // `e` stands for everything that neither names, which there always is.
      const isWithin = [...names, 'e'].every((name) => !may(choice, name) || may(parent, name))
      // `all` where the parent leaves out nothing is the one that is refused for its word alone.
      const isWordy = choice.mode === 'all' && parent.mode === 'except' && parent.items.length === 0
      if (!isWordy) expect(isTaken).toBe(isWithin)
      taken[isTaken ? 'yes' : 'no'] += 1
    }),
    { numRuns: 5000 },
  )
  expect(Math.min(taken.yes, taken.no)).toBeGreaterThan(500)
})

test('D54 a tool that its parent leaves out is not named in another spelling', () => {
  const parent: Choice = { mode: 'except', items: ['delete_all'] }
  expect(wider({ mode: 'only', items: ['Delete_All'] }, parent, '/x', admitsTool)).toEqual([
    { pointer: '/x/items/0', detail: 'the parent does not admit it' },
  ])
  expect(wider({ mode: 'except', items: ['DELETE_ALL'] }, parent, '/x', admitsTool)).toEqual([])
})

const scope: Scope = {
  projects: ['prj_1'],
  mixedEnvironments: null,
  mcp: {
    enabled: true,
    servers: { mode: 'only', items: ['srv_1', 'srv_2'] },
    tools: { srv_1: { mode: 'only', items: ['read'] } },
    toolsDefault: { mode: 'all' },
  },
  llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } },
  addresses: { mode: 'only', cidrs: ['10.0.0.0/8', '2001:db8::/32'] },
  gateways: { mode: 'all' },
}
const pointersOf = (narrow: Narrow, ...narrows: Narrow[]) =>
  beyond(narrow, { scope, narrows }).map(({ pointer }) => pointer)
const only = (...items: string[]): Choice => ({ mode: 'only', items })

describe('D54 a narrowing that names what its parent does not admit is refused where it does', () => {
  const cases: readonly [string, Narrow, string[]][] = [
    ['a server', { mcp: { servers: only('srv_1', 'srv_9') } }, ['/mcp/servers/items/1']],
    ['every server', { mcp: { servers: { mode: 'all' } } }, ['/mcp/servers']],
    ['every server but one', { mcp: { servers: { mode: 'except', items: ['srv_9'] } } }, ['/mcp/servers']],
    ['a tool', { mcp: { tools: { srv_1: only('read', 'write') } } }, ['/mcp/tools/srv_1/items/1']],
    ['every tool', { mcp: { tools: { srv_1: { mode: 'all' } } } }, ['/mcp/tools/srv_1']],
    ['tools of another server', { mcp: { tools: { srv_9: only('read') } } }, ['/mcp/tools/srv_9']],
    [
      'tools of a server that it leaves out itself',
      { mcp: { servers: only('srv_1'), tools: { srv_2: only('any') } } },
      ['/mcp/tools/srv_2'],
    ],
    ['LLM, which is off', { llm: { enabled: true } }, ['/llm/enabled']],
    ['a provider', { llm: { providers: only('prv_1') } }, ['/llm/providers/items/0']],
    ['any address', { addresses: { mode: 'any' } }, ['/addresses']],
    [
      'networks that reach out of the list',
      { addresses: { mode: 'only', cidrs: ['10.1.0.0/16', '8.0.0.0/5', '192.0.2.1', '2001:db8::/31'] } },
      ['/addresses/cidrs/1', '/addresses/cidrs/2', '/addresses/cidrs/3'],
    ],
    ['what is no network', { addresses: { mode: 'only', cidrs: ['10.1.2.3.4'] } }, ['/addresses/cidrs/0']],
  ]
  test.each(cases)('%s', (_, narrow, pointers) => {
    expect(pointersOf(narrow)).toEqual(pointers)
  })

  test('and what an ancestor between them has cut off counts like the key', () => {
    const above: Narrow = { mcp: { servers: only('srv_1') }, llm: { models: only('small') } }
    expect(pointersOf({ mcp: { servers: only('srv_2') } }, above)).toEqual(['/mcp/servers/items/0'])
    expect(pointersOf({ mcp: { tools: { srv_2: only('any') } } }, above)).toEqual(['/mcp/tools/srv_2'])
    expect(pointersOf({ llm: { models: only('big') } }, above)).toEqual(['/llm/models/items/0'])
    expect(pointersOf({ mcp: { enabled: true } }, { mcp: { enabled: false } })).toEqual(['/mcp/enabled'])
    expect(pointersOf({ mcp: { tools: { srv_2: only('b') } } }, { mcp: { toolsDefault: only('a') } })).toEqual([
      '/mcp/tools/srv_2/items/0',
    ])
    expect(pointersOf({ addresses: { mode: 'any' } }, {})).toEqual(['/addresses'])
  })
})

test('D54 a narrowing within its parent is taken', () => {
  const narrow: Narrow = {
    mcp: { enabled: true, servers: only('srv_1'), tools: { srv_1: only('read') }, toolsDefault: { mode: 'none' } },
    llm: { enabled: false, models: only('small') },
    addresses: { mode: 'only', cidrs: ['10.1.2.3', '::ffff:10.1.0.0/112', '2001:db8:1::/48'] },
  }
  expect(pointersOf(narrow)).toEqual([])
  expect(pointersOf(narrow, narrow)).toEqual([])
  expect(pointersOf({})).toEqual([])
  expect(pointersOf({ mcp: {}, llm: {} })).toEqual([])
})

test('D54 a network is within a list exactly when each of its ends is, and so is all between them', () => {
  const octet = fc.constantFrom(0, 1, 127, 128, 255)
  const cidrs = fc.tuple(octet, octet, fc.integer({ min: 0, max: 16 })).map(([a, b, bits]) => ({
    text: `${a}.${b}.0.0/${bits}`,
    first: ((a << 24) | (b << 16)) >>> 0,
    bits,
  }))
  const addressOf = (n: number) => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.')
  fc.assert(
    fc.property(cidrs, cidrs, (outer, inner) => {
      const rule: AddressRule = { mode: 'only', cidrs: [outer.text] }
      const narrow: Narrow = { addresses: { mode: 'only', cidrs: [inner.text] } }
      const isTaken = beyond(narrow, { scope: { ...scope, addresses: rule }, narrows: [] }).length === 0
      const mask = inner.bits === 0 ? 0 : (0xffffffff << (32 - inner.bits)) >>> 0
      const [first, last] = [(inner.first & mask) >>> 0, (inner.first | ~mask) >>> 0]
      const ends = [first, last].every((end) => admitsAddress(rule, addressOf(end)))
      expect(isTaken).toBe(ends)
    }),
    { numRuns: 3000 },
  )
})
