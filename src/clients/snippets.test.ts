import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { findOwn } from '../keys/recognise.ts'
import { slug as Slug } from '../servers/schema.ts'
import { originOf } from './address.ts'
import { clients } from './catalog.ts'
import { asToml, word, wordWith } from './quoting.ts'
import { type Client, type ClientId, entryName, Snippet } from './schema.ts'
import { type Asked, snippetOf } from './snippets.ts'

/** As a shell and most clients spell a variable. */
const expanded = (name: string): string => `\${${name}}`

const named = (id: ClientId): Client => {
  const found = clients.find((client) => client.id === id)
  if (!found) throw new Error(`no ${id}`)
  return found
}
const asked: Asked = { origin: 'https://gw.example', slug: 'wiki', kind: 'key', name: 'wiki' }
const of = (id: ClientId, more: Partial<Asked> = {}): Snippet => snippetOf(named(id), { ...asked, ...more })
const json = (id: ClientId, more: Partial<Asked> = {}) => JSON.parse(of(id, more).text)

const slug = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/).filter((text) => Slug.safeParse(text).success),
  fc.constant(null),
)
const origin = fc
  .webUrl({ validSchemes: ['http', 'https'] })
  .map((url) => originOf(url))
  .filter((found) => found !== null)
const anyAsked = fc.record({
  origin,
  slug,
  kind: fc.constantFrom('key' as const, 'url' as const),
  name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/),
})
const anyText = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'))
const runs = { numRuns: 60 }

describe('whatever is asked', () => {
  test.each(clients)(
    'C12 C13 the snippet for $title can be read by what reads it, and no secret is in it',
    (client) => {
      fc.assert(
        fc.property(anyAsked, (input) => {
          const snippet = Snippet.parse(snippetOf(client, input))
          expect(findOwn(JSON.stringify(snippet))).toEqual([])
          if (client.language === 'json') expect(Object.keys(JSON.parse(snippet.text)).length).toBeGreaterThan(0)
          if (client.language === 'toml') expect(parseToml(snippet.text)).toHaveProperty(['mcp_servers', input.name])
          expect(snippet.text).toContain(input.origin)
          if (client.language !== 'shell') expect(snippet.text).toContain(snippet.variable)
        }),
        runs,
      )
    },
  )

  test.each(clients.filter(({ language }) => language === 'shell'))(
    'the command for $title is one that a shell takes',
    (client) => {
      fc.assert(
        fc.property(anyAsked, (input) => {
          execFileSync('sh', ['-n'], { input: snippetOf(client, input).text })
        }),
        { numRuns: 12 },
      )
    },
  )

  test('text of others is text in every language, whatever is in it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const wellFormed = text.toWellFormed()
        expect(parseToml(`a = ${asToml(wellFormed)}`)).toEqual({ a: wellFormed })
      }),
      { numRuns: 200 },
    )
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        const said = execFileSync('sh', ['-c', `printf %s ${word(text)} ${wordWith(text, 'K', text)}`], {
          env: { K: '$(id)`id`"' },
        })
        expect(String(said)).toBe(`${text}${text}$(id)\`id\`"${text}`)
      }),
      { numRuns: 30 },
    )
  })

  test('a variable that is not set stops the command, instead of a call without a key', () => {
    const run = () =>
      execFileSync('sh', ['-c', `printf %s ${wordWith('a', 'OSTIARY_KEY')}`], { env: {}, stdio: 'pipe' })
    expect(run).toThrow(/OSTIARY_KEY/)
  })
})

test('an address that a client or a shell could expand is none', () => {
  for (const address of [
    'https://$HOME/',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the attack
    'https://${HOME}.example',
    'https://a`id`b',
    "https://a'b",
    'https://a;b',
    'javascript:alert(1)',
    'https://user:secret@gw.example',
    'nowhere',
    '',
  ])
    expect([address, originOf(address)]).toEqual([address, null])
  expect(originOf('https://gw.example:8420/')).toBe('https://gw.example:8420')
  expect(originOf('http://[::1]:8420')).toBe('http://[::1]:8420')
})

test('a name for the server is no word that means something else where it lands', () => {
  for (const name of ['__proto__', '-rf', 'a b', 'a.b', '', 'a"', 'x'.repeat(33)])
    expect([name, entryName.safeParse(name).success]).toEqual([name, false])
})

describe('by client', () => {
  test('one server or all of the key', () => {
    expect(json('claude-code').mcpServers.wiki.url).toBe('https://gw.example/mcp-connect/wiki')
    expect(json('claude-code', { slug: null }).mcpServers.wiki.url).toBe('https://gw.example/mcp')
  })

  test('the key comes from the environment, as each spells it', () => {
    const authorization = (entry: { headers: { Authorization: string } }) => entry.headers.Authorization
    expect(authorization(json('claude-code').mcpServers.wiki)).toBe(`Bearer ${expanded('OSTIARY_KEY')}`)
    expect(json('claude-code').mcpServers.wiki.type).toBe('http')
    expect(authorization(json('cursor').mcpServers.wiki)).toBe(`Bearer ${expanded('env:OSTIARY_KEY')}`)
    expect(authorization(json('gemini-cli').mcpServers.wiki)).toBe(`Bearer ${expanded('OSTIARY_KEY')}`)
    expect(json('gemini-cli').mcpServers.wiki.httpUrl).toBe('https://gw.example/mcp-connect/wiki')
    expect(parseToml(of('codex').text)).toEqual({
      mcp_servers: { wiki: { url: 'https://gw.example/mcp-connect/wiki', bearer_token_env_var: 'OSTIARY_KEY' } },
    })
  })

  test('VS Code asks for it, once, and hides it', () => {
    const { inputs, servers } = json('vscode')
    expect(inputs).toMatchObject([{ id: 'ostiary-key', type: 'promptString', password: true }])
    expect(servers.wiki).toMatchObject({
      type: 'http',
      headers: { Authorization: `Bearer ${expanded('input:ostiary-key')}` },
    })
    expect(of('vscode').variable).toBe('input:ostiary-key')
  })

  test('Claude Desktop goes through mcp-remote, with nothing that a space could cut', () => {
    const { command, args } = json('claude-desktop').mcpServers.wiki
    expect([command, ...args]).toEqual([
      ...['npx', '-y', 'mcp-remote', 'https://gw.example/mcp-connect/wiki'],
      ...['--transport', 'http-only', '--header', `x-api-key:${expanded('OSTIARY_KEY')}`],
    ])
    for (const each of args) expect(each).not.toContain(' ')
    expect(of('claude-desktop').complete).toBe(false)
  })

  test('mcp-remote is allowed plain http only where it has to be', () => {
    expect(of('mcp-remote').text).not.toContain('--allow-http')
    expect(of('mcp-remote', { origin: 'http://127.0.0.1:8420' }).text).not.toContain('--allow-http')
    const far = of('mcp-remote', { origin: 'http://gw.example' })
    expect(far.text).toContain('--allow-http')
    expect(far.notes.join()).toContain('no TLS')
  })

  test('C13 a URL key stands in the address, as a placeholder, and no header is sent', () => {
    const url = `https://gw.example/mcp/${expanded('OSTIARY_URL_KEY')}/wiki`
    const { wiki } = json('claude-code', { kind: 'url' }).mcpServers
    expect(wiki).toEqual({ type: 'http', url })
    expect(of('claude-ai', { kind: 'url' }).text).toBe(`${url}\n`)
    expect(of('claude-ai', { kind: 'url', slug: null }).text).toBe(
      `https://gw.example/mcp/${expanded('OSTIARY_URL_KEY')}\n`,
    )
    expect(of('mcp-remote', { kind: 'url' }).notes.join()).toContain('is an argument')
    expect(of('codex', { kind: 'url' })).toMatchObject({ complete: false })
    expect(of('codex', { kind: 'url' }).steps.join()).toContain(`Replace ${expanded('OSTIARY_URL_KEY')}`)
    expect(of('claude-code', { kind: 'url', tellKey: 'laptop' }).steps[0]).toBe(
      'Take the URL key (ostu_…) "laptop" from where it was shown, once, when it was made.',
    )
  })
})
