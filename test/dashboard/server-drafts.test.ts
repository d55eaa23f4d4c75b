import { describe, expect, test } from 'vitest'
import { behindBy, newestOf } from '../../dashboard/gateways/position.ts'
import { draftOf as modelDraftOf, modelOf } from '../../dashboard/providers/models/model-draft.ts'
import { documentIn, withOnly } from '../../dashboard/servers/add/chosen-entries.ts'
import { commandLineOf, draftOf, emptyDraft, newServerOf, patchOf, variablesIn } from '../../dashboard/servers/draft.ts'
import { hides, written } from '../../dashboard/servers/hidden-characters.ts'
import type { ServerView } from '../../src/servers/schema.ts'

const server: ServerView = {
  id: 'srv_0000000000000000',
  slug: 'files',
  name: 'Files',
  project: 'prj_1',
  transport: { type: 'stdio', command: 'npx', args: ['-y', 'files'], env: { TOKEN: '[set]' } },
  credential: null,
  timeouts: { connectSeconds: 5, answerSeconds: 60, idleSeconds: 900, totalSeconds: null },
  perGateway: false,
  toolPrices: {},
  managedBy: null,
  state: 'ready',
  checkedAt: null,
  createdAt: '2026-11-22T00:00:00.000Z',
  revision: 3,
}

describe('what somebody writes down about a server', () => {
  test('a form that nobody has touched changes nothing', () => {
    expect(patchOf(draftOf(server), server)).toEqual({})
  })

  test('only what was changed is sent, and variables that were not typed anew are kept', () => {
    expect(patchOf({ ...draftOf(server), name: 'Our files' }, server)).toEqual({ name: 'Our files' })
    expect(patchOf({ ...draftOf(server), args: '-y\nfiles\n--all' }, server)).toEqual({
      transport: { type: 'stdio', command: 'npx', args: ['-y', 'files', '--all'], env: { TOKEN: '[set]' } },
    })
  })

  test('a secret is sent only where one was asked for', () => {
    const draft = {
      ...emptyDraft('http'),
      slug: 'web',
      url: 'https://mcp.example.com/mcp',
      secret: 'typed and taken back',
    }
    expect(newServerOf(draft)).not.toHaveProperty('credential')
    expect(newServerOf({ ...draft, hasCredential: true }).credential).toEqual({
      slot: 'header',
      name: 'Authorization',
      template: 'Bearer {value}',
      value: 'typed and taken back',
    })
  })

  test('a pasted .env file becomes variables, any other text stays text', () => {
    expect(variablesIn('# keys\nexport A="one two"\nB=\'x\'\nC=a=b\n')).toEqual([
      { name: 'A', value: 'one two', isKept: false },
      { name: 'B', value: 'x', isKept: false },
      { name: 'C', value: 'a=b', isKept: false },
    ])
    expect(variablesIn('GITHUB_TOKEN')).toBeNull()
    expect(variablesIn('not a=variable line')).toBeNull()
  })
})

describe('a document that is imported', () => {
  test('keeps what is wanted of each form, and everything beside', () => {
    const keep = (name: string) => name === 'b'
    expect(withOnly({ mcpServers: { a: 1, b: 2 }, other: true }, keep)).toEqual({ mcpServers: { b: 2 }, other: true })
    expect(withOnly({ mcp: { servers: { a: 1, b: 2 } } }, keep)).toEqual({ mcp: { servers: { b: 2 } } })
    const listed = { servers: [{ server: { name: 'a' } }, { server: { name: 'b' } }] }
    expect(withOnly(listed, keep)).toEqual({ servers: [{ server: { name: 'b' } }] })
    expect(withOnly({ name: 'b', remotes: [] }, keep)).toEqual({ name: 'b', remotes: [] })
  })

  test('is JSON, or it is no document', () => {
    expect(documentIn('{ "mcpServers": ')).toBeNull()
    expect(documentIn('"text"')).toBeNull()
    expect(documentIn('[1]')).toEqual({ servers: [1] })
  })
})

describe('texts of a server', () => {
  test.each([
    ['zero width', 'a\u200bb', 'a\\u{200b}b'],
    ['written backwards', 'a\u202eb', 'a\\u{202e}b'],
    ['a sentence in tags', 'ok\u{e0068}\u{e0069}', 'ok\\u{e0068}\\u{e0069}'],
    ['a control character', 'a\u001b[31m', 'a\\u{1b}[31m'],
  ])('what nobody sees is written out: %s', (_, text, shown) => {
    expect(hides(text)).toBe(true)
    expect(written(text)).toBe(shown)
  })

  test('what everybody sees stays as it is', () => {
    for (const text of ['Größe\n\tzwei', '👩‍💻 writes', '❤️‍🔥', 'שלום', '日本語']) {
      expect(hides(text), text).toBe(false)
      expect(written(text)).toBe(text)
    }
  })
})

describe('prices of a model', () => {
  test('one price is a price, several are periods, none is the word of the list', () => {
    const own = { inputPerMillion: '1', outputPerMillion: '2.50' }
    for (const model of [
      { id: 'm' },
      { id: 'm', aliases: ['n'], price: { ...own, perCall: '0.002' } },
      { id: 'm', prices: [own, { ...own, from: '2099-01-01T00:00:00.000Z' }], reasoning: false, contextTokens: 8000 },
    ])
      expect(modelOf(modelDraftOf(model))).toEqual(model)
  })
})

test('a gateway is behind by what the one that is furthest has more', () => {
  const fleet = [{ seq: 40 }, { seq: 43 }, { seq: null }]
  expect(newestOf(fleet)).toBe(43)
  expect(fleet.map((gateway) => behindBy(gateway, newestOf(fleet)))).toEqual([3, 0, 0])
  expect(newestOf([{ seq: null }])).toBeNull()
})

test('a whole command line is parted as a shell parts it, and one that does not end is left as it is', () => {
  expect(commandLineOf('npx -y @modelcontextprotocol/server-everything')).toEqual({
    command: 'npx',
    args: ['-y', '@modelcontextprotocol/server-everything'],
  })
  expect(commandLineOf(`  "/opt/my tools/run" --name='a b' a\\ b "say \\"hi\\""  `)).toEqual({
    command: '/opt/my tools/run',
    args: ['--name=a b', 'a b', 'say "hi"'],
  })
  for (const one of ['npx', '"/opt/my tools/run"', '', 'echo "no end', "echo it's"])
    expect(commandLineOf(one), one).toBeNull()
})
