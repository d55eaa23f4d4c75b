import fc from 'fast-check'
import { expect, test } from 'vitest'
import { naive } from '../../test/access/naive.ts'
import { ids } from '../../test/access/records.ts'
import { calling, subjectOf, worlds } from '../../test/access/worlds.ts'
import { checks } from './checks.ts'
import { decide } from './decide.ts'
import type { Trace } from './schema.ts'
import { admitsEveryTool } from './tools.ts'

test('G5 the decision and a second one, written apart from it, agree about every world, and on the code', () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(worlds, (world) => {
      const verdict = decide(subjectOf(world), world.call, world.now)
      const code = verdict.kind === 'deny' ? verdict.code : null
      met.set(code ?? 'allowed', (met.get(code ?? 'allowed') ?? 0) + 1)
      if (code !== naive(world)) expect(code).toBe(naive(world))
    }),
    { numRuns: 100_000 },
  )
  // Worlds that never get far would agree about nothing.
  expect(met.get('allowed')).toBeGreaterThan(1000)
  for (const code of new Set(checks.flatMap(({ codes }) => codes))) expect(met.get(code), code).toBeGreaterThan(50)
})

test('R15 with a trace all checks are asked and each says what it said, and the verdict is the same', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const trace: Trace[] = []
      const verdict = decide(subjectOf(world), world.call, world.now, trace)
      expect(verdict).toEqual(decide(subjectOf(world), world.call, world.now))
      expect(trace.map(({ check }) => check)).toEqual(checks.map(({ name }) => name))
      const first = trace.find(({ passed }) => !passed)
      const { code, rule, revision } = first ?? { code: null, rule: null, revision: null }
      expect(verdict).toEqual(first ? { kind: 'deny', code, rule, revision } : { kind: 'allow', duties: [] })
      for (const { check, passed, code: said } of trace) {
        const codes: readonly string[] = checks.find(({ name }) => name === check)?.codes ?? []
        expect(passed ? said === null : codes.includes(said ?? '')).toBe(true)
      }
    }),
    { numRuns: 5000 },
  )
})

test('R7 D40 a tool that a list leaves out is refused when it is called, and one that it shows is not', () => {
  fc.assert(
    fc.property(worlds, fc.string(), (world, strange) => {
      if (world.call.kind !== 'mcp') return
      const subject = subjectOf(world)
      const list = decide(subject, { ...world.call, method: 'tools/list', tool: null }, world.now)
      const calls = [...ids.tools, strange].map((tool) =>
        decide(subject, { ...world.call, method: 'tools/call' as const, tool } as typeof world.call, world.now),
      )
      // Whoever may not have the list is refused each tool for the same reason; else only tools are refused.
      for (const verdict of calls)
        if (list.kind === 'deny') expect(verdict).toEqual(list)
        else if (verdict.kind === 'deny') expect(verdict.code).toBe('tool_not_allowed')
      const passesUnread = world.call.server !== null && admitsEveryTool(subject, world.call.server.id, world.now)
      if (passesUnread && list.kind === 'allow') expect(calls.every(({ kind }) => kind === 'allow')).toBe(true)
    }),
    { numRuns: 10_000 },
  )
})

test('no method but tools/call is decided by a tool', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      if (world.call.kind !== 'mcp' || world.call.method === 'tools/call') return
      const subject = subjectOf(world)
      const verdicts = [null, ...ids.tools].map((tool) => decide(subject, calling(world, { tool }).call, world.now))
      expect(new Set(verdicts.map((verdict) => JSON.stringify(verdict))).size).toBe(1)
    }),
    { numRuns: 5000 },
  )
})
