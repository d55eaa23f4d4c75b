import { describe, expect, test } from 'vitest'
import type { Choice } from '../../../src/keys/schema.ts'
import { serverCount } from './serverCount.ts'

const known = new Map([
  ['srv_a', 'prj_1'],
  ['srv_b', 'prj_1'],
  ['srv_c', 'prj_2'],
])
const keyWith = (servers: Choice, projects = ['prj_1'], enabled = true) => ({
  projects,
  mcp: { enabled, servers, tools: {}, toolsDefault: { mode: 'all' } as const },
})

describe('B25 how many servers a key can call', () => {
  test('all of its projects, and not one', () => {
    expect(serverCount(keyWith({ mode: 'all' }), known)).toEqual({ says: 'all', now: 2, named: 0 })
    expect(serverCount(keyWith({ mode: 'all' }, ['prj_1', 'prj_2']), known).now).toBe(3)
    expect(serverCount(keyWith({ mode: 'all' }, []), known).now).toBe(0)
  })
  test('what is named counts where it is in a project of the key', () => {
    const items = ['srv_a', 'srv_c', 'srv_gone']
    expect(serverCount(keyWith({ mode: 'only', items }), known)).toEqual({ says: 'only', now: 1, named: 3 })
    expect(serverCount(keyWith({ mode: 'except', items }), known)).toEqual({ says: 'except', now: 1, named: 3 })
  })
  test('nothing where MCP is off or no server is admitted', () => {
    expect(serverCount(keyWith({ mode: 'all' }, ['prj_1'], false), known)).toMatchObject({ says: 'off', now: 0 })
    expect(serverCount(keyWith({ mode: 'none' }), known)).toMatchObject({ says: 'none', now: 0 })
  })
  test('nobody guesses while the servers are not there', () => {
    expect(serverCount(keyWith({ mode: 'all' }), null).now).toBe(null)
  })
})
