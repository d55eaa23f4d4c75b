import fc from 'fast-check'
import { expect, test } from 'vitest'
import { subjectOf, worlds } from '../../../test/access/worlds.ts'
import { cliPage } from '../../../test/docs/cli.ts'
import { decide } from '../../access/decide.ts'
import type { Trace } from '../../access/schema.ts'
import { reasonOf } from './reason.ts'
import { reasons } from './reasons.data.ts'

test('G12 every refusal that the decision can give has words and a way out, and no words are for none', () => {
  const given = new Set<string>()
  fc.assert(
    fc.property(worlds, (world) => {
      const trace: Trace[] = []
      decide(subjectOf(world), world.call, world.now, trace)
      for (const { code, rule } of trace) if (code !== null) given.add(`${code} ${rule}`)
    }),
    { numRuns: 20_000 },
  )
  expect([...given].toSorted()).toEqual(Object.keys(reasons).toSorted())
})

test('every command that a way out names is one of the command line, with its options', () => {
  const parts = cliPage().split(/^### /m)
  const commands = Object.values(reasons).flatMap(({ wayOut }) => wayOut.match(/ostiary [^.:,]+/g) ?? [])
  expect(commands.length).toBeGreaterThan(10)
  for (const command of commands) {
    const [words = ''] = /^ostiary [a-z-]+ [a-z-]+/.exec(command) ?? []
    const part = parts.find((each) => each.startsWith(`\`${words}`))
    expect(part, command).toBeDefined()
    for (const option of command.match(/--[a-z-]+/g) ?? []) expect(part, command).toContain(option)
  }
})

test('a name stays a name in a reason, whatever it is made of', () => {
  const [world] = fc.sample(worlds, 1)
  if (!world) throw new Error('no world was made')
  const { key } = world
  const subject = { ...subjectOf(world), key: { ...key, name: '{owner} $& {server}' } }
  const refusal = { code: 'server_not_allowed', rule: 'key.mcp.servers' } as const
  const text = reasonOf(refusal, subject, { target: '{tool}', part: '' })
  expect(text).toContain(
    'The servers of the key "{owner} $& {server}" do not admit {tool}. Add it: ostiary keys update',
  )
})
