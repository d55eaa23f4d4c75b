import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ids, targetOf } from '../../../test/access/records.ts'
import { subjectOf, worlds } from '../../../test/access/worlds.ts'
import { decide } from '../../access/decide.ts'
import { ok, refuse } from '../../problems.ts'
import { shownTools } from './shown-tools.ts'

const target = targetOf('srv_1')
const list = (names: readonly string[]) => JSON.stringify({ id: 1, result: { tools: names.map((name) => ({ name })) } })
const asIs = (text: string) => text
const json = { status: 200, contentType: 'application/json' }
const sse = { status: 200, contentType: 'text/event-stream' }

test('R7 D40 C22 in every world, of key, app and owner, a list shows a tool exactly if its call is admitted', () => {
  let some = 0
  fc.assert(
    fc.property(worlds, fc.array(fc.oneof(fc.constantFrom(...ids.tools), fc.string())), (world, names) => {
      const subject = subjectOf(world)
      const now = () => world.now
      const call = (tool: string) => ({ kind: 'mcp', server: target, method: 'tools/call', tool }) as const
      const admitted = names.filter((name) => decide(subject, call(name), world.now).kind === 'allow')
      // Whoever is not admitted at all never gets as far as an answer.
      fc.pre(decide(subject, { ...call(''), method: 'tools/list', tool: null }, world.now).kind === 'allow')
      const tools = shownTools({ subject: () => ok(subject), now }, target, 'tools/list')
      const body = tools.filterFor(json, asIs)
      if (body === null) return void expect(admitted).toEqual(names)
      some += admitted.length > 0 && admitted.length < names.length ? 1 : 0
      body.push(Buffer.from(list(names)))
      expect(String(body.end())).toBe(list(admitted))
      const stream = tools.filterFor(sse, asIs)
      expect(String(stream?.push(Buffer.from(`data: ${list(names)}\n\n`)))).toBe(`data: ${list(admitted)}\n\n`)
    }),
    { numRuns: 2000 },
  )
  expect(some).toBeGreaterThan(20)
})

const [world] = fc.sample(
  worlds.filter(
    (each) =>
      decide(subjectOf(each), { kind: 'mcp', server: target, method: 'tools/list', tool: null }, each.now).kind ===
      'allow',
  ),
  { numRuns: 1, seed: 1 },
)
if (!world) throw new Error('no world in which the list is allowed')
const withTools = (mode: 'all' | 'none') => {
  const { key } = world
  const mcp = { ...key.scope.mcp, tools: {}, toolsDefault: { mode } }
  return ok(
    subjectOf({
      ...world,
      apps: [],
      key: { ...key, owner: { type: 'member', id: 'mem_1', name: '' }, scope: { ...key.scope, mcp } },
    }),
  )
}

test.each([
  ['tools/list', json, true],
  ['tools/list', sse, true],
  ['tools/list', { status: 200, contentType: undefined }, true],
  ['tools/list', { status: 200, contentType: 'text/plain' }, true],
  ['GET', sse, true],
  ['tools/call', sse, true],
  ['tools/call', { status: 200, contentType: ['application/json', 'text/event-stream'] }, true],
  ['tools/call', { status: 200, contentType: 'application/json; a=text/event-stream' }, true],
  ['tools/call', json, false],
  ['GET', { status: 405, contentType: 'text/plain' }, false],
])('D40 an answer is filtered wherever a list may be: %s %j', (method, head, isFiltered) => {
  const tools = shownTools({ subject: () => withTools('none'), now: () => world.now }, target, method)
  expect(tools.filterFor(head, asIs) !== null).toBe(isFiltered)
  const free = shownTools({ subject: () => withTools('all'), now: () => world.now }, target, method)
  expect(free.filterFor(head, asIs)).toBe(null)
})

test.each(['application/json; a=event-stream', 'text/event-stream-json', 'application/json, text/event-stream'])(
  'D40 only the media type makes an answer a stream: %s is read as JSON, and goes out as nothing else',
  (contentType) => {
    for (const method of ['tools/list', 'tools/call']) {
      const tools = shownTools({ subject: () => withTools('none'), now: () => world.now }, target, method)
      const body = tools.filterFor({ status: 200, contentType }, asIs)
      expect([body?.isWhole, body?.contentType]).toEqual([true, 'application/json'])
      body?.push(Buffer.from(list(['read'])))
      expect(String(body?.end())).toBe(list([]))
    }
  },
)

test('D40 the rights count that the key has when the list comes, not when it asked', () => {
  let mode: 'all' | 'none' = 'all'
  const tools = shownTools({ subject: () => withTools(mode), now: () => world.now }, target, 'tools/list')
  mode = 'none'
  const body = tools.filterFor(json, asIs)
  body?.push(Buffer.from(list(['read'])))
  expect(String(body?.end())).toBe(list([]))
})

test('D40 a list that passes untouched is overtaken when the rights shrink, and a call is not', () => {
  for (const [method, head, expected] of [
    ['tools/list', json, true],
    ['GET', sse, true],
    ['tools/call', sse, false],
    ['GET', { status: 405, contentType: undefined }, false],
  ] as const) {
    let mode: 'all' | 'none' = 'all'
    const tools = shownTools({ subject: () => withTools(mode), now: () => world.now }, target, method)
    expect(tools.filterFor(head, asIs)).toBe(null)
    expect(tools.isOvertaken()).toBe(false)
    mode = 'none'
    expect(tools.isOvertaken()).toBe(expected)
  }
})

test('a caller who is nobody any more sees no tool', () => {
  const tools = shownTools({ subject: () => refuse('key_revoked'), now: () => world.now }, target, 'tools/list')
  const body = tools.filterFor(json, asIs)
  body?.push(Buffer.from(list(['read'])))
  expect(String(body?.end())).toBe(list([]))
})

test('what is written anew is cleaned of the secret once more', () => {
  const clean = (text: string) => text.replaceAll('secret', '[redacted]')
  const tools = shownTools({ subject: () => withTools('none'), now: () => world.now }, target, 'tools/list')
  const body = tools.filterFor(json, clean)
  body?.push(Buffer.from('{"id":"\\u0073ecret","result":{"tools":[]}}'))
  expect(String(body?.end())).toBe('{"id":"[redacted]","result":{"tools":[]}}')
  const stream = tools.filterFor(sse, clean)
  expect(String(stream?.push(Buffer.from('data: {"id":"\\u0073ecret","result":{"tools":[]}}\n\n')))).toBe(
    'data: {"id":"[redacted]","result":{"tools":[]}}\n\n',
  )
})
