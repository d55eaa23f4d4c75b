import { describe, expect, test } from 'vitest'
import { type KeyView, NewKey } from '../../../src/keys/schema.ts'
import { keyTemplates } from '../../../src/keys/templates.data.ts'
import { defaultKeyPolicies, type Policies } from '../../../src/people/policies/schema.ts'
import { completed, newKeyOf, patchOf, percentsOf, rebased } from './bodies.ts'
import { admits, toggled, withLater } from './choices.ts'
import { faultsIn, fieldOf, knownFaults, tabOf } from './faults.ts'
import { rulesFor } from './rules.ts'
import { blankValues, type KeyValues, valuesOfKey, valuesOfNewKey } from './values.ts'

const all = { mode: 'all' } as const
const filled = (more: Partial<KeyValues> = {}): KeyValues => ({
  ...blankValues,
  name: 'ci',
  projects: ['prj_1'],
  ...more,
})

const view: KeyView = {
  id: 'key_0123456789abcdef',
  name: 'ci',
  kind: 'key',
  description: '',
  owner: { type: 'member', id: 'mem_1', name: 'Ada' },
  preview: 'ostk_0123456789abcdef',
  status: 'active',
  projects: ['prj_1'],
  mixedEnvironments: null,
  allServersReason: null,
  mcp: { enabled: true, servers: { mode: 'only', items: ['srv_1'] }, tools: { srv_1: all }, toolsDefault: all },
  llm: { enabled: true, providers: all, models: { mode: 'only', items: ['mock-plain'] } },
  addresses: { mode: 'any' },
  gateways: all,
  limits: { requestsPerMinute: 600, tokensPerMinute: null, concurrent: null, streams: 100, detached: 'share' },
  budgets: [
    { id: 'bud_1', usd: '25.00', period: 'month', thresholds: [50, 80], spentUsd: '0', heldUsd: '0', resetsAt: null },
  ],
  maxStalenessSeconds: 60,
  expiresAt: '2030-01-02T03:04:05.678Z',
  createdAt: '2026-01-01T00:00:00.000Z',
  revokedAt: null,
  stateReason: null,
  exposedAt: null,
  metadata: { team: 'tools' },
  tags: ['ci'],
  honey: false,
  ephemeral: false,
  pinNetwork: false,
  pinnedNetwork: null,
  rotation: null,
  rotationDueAt: null,
  claim: null,
  seenInBrowserAt: null,
  lastUsedAt: null,
  requests: 0,
  share: 0,
  secrets: [],
  revision: 3,
}

describe('what the form says to REST', () => {
  test('D30 D31 D34 a form that nobody touched is a key with every model and no server', () => {
    expect(newKeyOf(filled())).toEqual({
      name: 'ci',
      projects: ['prj_1'],
      llm: { enabled: true, providers: all, models: all },
      expiresIn: 'never',
    })
  })

  test('what is filled in is said, in the words of REST, and is a body that REST takes', () => {
    const body = newKeyOf(
      filled({
        requestsPerMinute: 60,
        budgets: [{ usd: '25', period: 'month', thresholds: '100, 50,80,50' }],
        addresses: ['10.0.0.0/8'],
        metadata: '{"team":"tools"}',
        tags: ['prod'],
        modelRule: 'none',
        mcp: true,
        access: 'except',
        allowed: ['srv_9'],
        denied: ['srv_1'],
        tools: { srv_1: { mode: 'none' }, srv_2: { mode: 'only', items: ['echo'] } },
      }),
    )
    expect(body).toEqual(NewKey.parse(body))
    expect(body).toMatchObject({
      limits: { requestsPerMinute: 60, tokensPerMinute: null },
      budgets: [{ usd: '25', period: 'month', thresholds: [50, 80, 100] }],
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      metadata: { team: 'tools' },
      llm: { models: { mode: 'none' } },
      // What is not admitted has no tools to choose.
      mcp: { servers: { mode: 'except', items: ['srv_1'] }, tools: { srv_2: { mode: 'only', items: ['echo'] } } },
    })
  })

  test('D28 D29 an ephemeral key has its seconds instead of an end, and the default where the field is empty', () => {
    const { ephemeral, expiresIn } = newKeyOf(filled({ ephemeral: true, ttlSeconds: 600 }))
    expect([ephemeral, expiresIn]).toEqual([{ ttlSeconds: 600 }, undefined])
    expect(newKeyOf(filled({ ephemeral: true, ttlSeconds: '' })).ephemeral).toEqual({})
  })

  test('C13 M11 a URL key opens no model, whatever stood in the form', () => {
    const body = newKeyOf(filled({ kind: 'url', pinNetwork: true, llm: true }))
    expect(body).toMatchObject({ kind: 'url', pinNetwork: true, llm: { enabled: false } })
  })

  test('an app’s key names no project, and another member is its owner by id', () => {
    const owned = newKeyOf(filled({ ownerType: 'app', ownerId: 'app_1' }))
    expect([owned.projects, owned.owner]).toEqual([undefined, { type: 'app', id: 'app_1' }])
  })

  test('D26 thresholds are whole percentages, each once, in order', () => {
    expect(percentsOf('100,50 80\n50')).toEqual([50, 80, 100])
    for (const text of ['80,foo', '0', '120', '5.5']) expect(percentsOf(text)).toBeNull()
  })

  test('what holds for servers that come later changes nothing for those that are there', () => {
    const values = filled({
      mcp: true,
      access: 'all',
      toolsDefault: { mode: 'none' },
      tools: { srv_1: { mode: 'none' } },
    })
    expect(completed(values, ['srv_1', 'srv_2'], all).tools).toEqual({ srv_1: { mode: 'none' }, srv_2: all })
    expect(completed(filled(), ['srv_2'], all).tools).toEqual({})
  })
})

describe('what is changed', () => {
  const before = valuesOfKey(view)

  test('D52 a form that nobody touched changes nothing', () => {
    expect(patchOf(before, before)).toEqual({})
  })

  test('D52 what was changed is sent and nothing else', () => {
    expect(patchOf(before, { ...before, name: 'night', requestsPerMinute: '' })).toEqual({
      name: 'night',
      limits: { requestsPerMinute: null, tokensPerMinute: null, concurrent: null, streams: 100, detached: 'share' },
    })
    expect(patchOf(before, { ...before, expires: '30d' })).toEqual({ expiresIn: '30d' })
    expect(patchOf(before, { ...before, freshness: '' })).toEqual({ maxStalenessSeconds: null })
    expect(patchOf(before, { ...before, models: [] }).llm?.models).toEqual(all)
  })

  test('an address list that admits nobody stays that, and is no empty field', () => {
    const shut = valuesOfKey({ ...view, addresses: { mode: 'only', cidrs: [] } })
    expect(patchOf(before, shut)).toEqual({ addresses: { mode: 'only', cidrs: [] } })
  })

  test('where somebody else was faster, theirs stands and the rest of mine stays', () => {
    const mine = { ...before, name: 'mine', tags: ['mine'] }
    const theirs = { ...before, name: 'theirs' }
    expect(rebased(before, mine, theirs)).toEqual({ ...before, name: 'theirs', tags: ['mine'] })
  })

  test('templates fill in the form as they would be sent', () => {
    for (const { key } of keyTemplates) {
      const { llm, ...body } = newKeyOf({ ...valuesOfNewKey(key), projects: ['prj_1'] })
      expect(NewKey.safeParse({ ...body, llm }).success).toBe(true)
      expect([llm?.enabled, body.mcp?.servers, body.expiresIn]).toEqual([
        key.llm !== undefined,
        key.mcp?.servers,
        key.expiresIn,
      ])
    }
  })
})

describe('choices as toggles', () => {
  const known = ['a', 'b', 'c']
  test('D30 one that is switched off leaves exactly the others, and all of them on again are no restriction', () => {
    const off = toggled(all, 'b', false, { known, isWhole: true })
    expect(off).toEqual({ mode: 'only', items: ['a', 'c'] })
    expect(toggled(off, 'b', true, { known, isWhole: true })).toEqual(all)
  })
  test('D40 tools that are ticked again one by one admit no tool that comes later', () => {
    const off = toggled(all, 'b', false, { known, isWhole: false })
    const on = toggled(off, 'b', true, { known, isWhole: false })
    expect([on.mode, admits(on, 'b'), admits(on, 'later')]).toEqual(['only', true, false])
  })
  test('what comes later is let in by a toggle of its own, and what is unknown here is kept', () => {
    const hidden = { mode: 'except', items: ['hidden'] } as const
    expect(toggled({ ...hidden, items: ['hidden'] }, 'a', false, { known, isWhole: true })).toEqual({
      mode: 'except',
      items: ['a', 'hidden'],
    })
    expect(withLater({ mode: 'only', items: ['a', 'b'] }, true, known)).toEqual({ mode: 'except', items: ['c'] })
    expect(withLater(all, false, known)).toEqual({ mode: 'only', items: known })
    expect(withLater({ mode: 'none' }, true, [])).toEqual(all)
  })
})

describe('what is wrong, and where', () => {
  test('A16 B11 B15 an empty name and MCP without a choice of servers are known before anybody is asked', () => {
    expect(knownFaults(filled({ name: ' ', mcp: true }), false)).toEqual({ name: 'nameFault', access: 'accessFault' })
    expect(knownFaults(filled(), true)).toEqual({})
    expect(knownFaults(filled({ mcp: true, access: 'all' }), true)).toEqual({ allServersReason: 'reasonFault' })
    expect(Object.keys(knownFaults(filled({ metadata: '[1]', expires: 'date' }), false))).toEqual([
      'expiresOn',
      'metadata',
    ])
  })

  test('a refusal is said at its field, on the tab that holds it', () => {
    const places = [
      '/name',
      '/budgets/1/thresholds',
      '/addresses/cidrs/3',
      '/mcp/servers/items/0',
      '/mcp/servers',
      '/x',
    ]
    const found = places.map((pointer) => fieldOf(pointer, 'except'))
    expect(found).toEqual(['name', 'budgets.1.thresholds', 'addresses', 'denied', 'access', null])
    expect(found.map((field) => tabOf(field ?? ''))).toEqual(['basic', 'basic', 'advanced', 'mcp', 'mcp', 'basic'])
    const errors = [
      { pointer: '/tags/0', detail: 'one' },
      { pointer: '/tags/1', detail: 'two' },
    ]
    const refusal = { status: 422, code: 'invalid', title: 'Not valid', errors } as const
    expect(faultsIn(refusal, null)).toEqual({ tags: 'one; two' })
  })
})

describe('what policies say', () => {
  test('the strictest of the tiers counts, and ceilings bind members only', () => {
    const policies: Policies = {
      ...defaultKeyPolicies,
      id: 'org_1',
      mixedEnvironments: 'refused',
      maxStalenessSeconds: 60,
      managedBy: null,
      revision: 1,
      maxExpiresIn: '180d',
      ceilings: { maxExpiresIn: '30d' },
      tiers: { production: { allServers: 'with-reason', maxExpiresIn: '90d' } },
    }
    expect(rulesFor(policies, [], false)).toMatchObject({ longest: '180d', standard: '180d', allServers: 'allowed' })
    expect(rulesFor(policies, ['development', 'production'], false)).toMatchObject({
      longest: '90d',
      allServers: 'with-reason',
      ceilings: null,
    })
    expect(rulesFor(policies, [], true)).toMatchObject({ longest: '30d', ceilings: { maxExpiresIn: '30d' } })
  })
})
