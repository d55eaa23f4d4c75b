import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { parse as parseToml } from 'smol-toml'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { clients } from '../clients/catalog.ts'
import { placesOf } from '../clients/places.data.ts'
import { type Asked, snippetOf } from '../clients/snippets.ts'
import { mint } from '../keys/token.ts'
import { type ConnectOptions, connectClient, listClients } from './connect.ts'
import { mergeJson } from './connect-json.ts'
import { mergeToml } from './connect-toml.ts'
import type { Terminal } from './terminal.ts'

const folders: string[] = []
let [home, cwd] = ['', '']
beforeEach(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ostiary-connect-'))
  folders.push(folder)
  ;[home, cwd] = [path.join(folder, 'home'), path.join(folder, 'project')]
  mkdirSync(home)
  mkdirSync(cwd)
})
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})

const asked: Asked = { origin: 'https://gw.example', slug: 'wiki', kind: 'key', name: 'wiki' }
const of = (id: string, more: Partial<Asked> = {}) => {
  const client = clients.find((one) => one.id === id)
  if (!client) throw new Error(`no ${id}`)
  return snippetOf(client, { ...asked, ...more })
}

type Machine = Parameters<typeof connectClient>[1]
const terminalOf = (answer: unknown, status = 200) => {
  const printed = { out: '', err: '', asked: '' }
  const terminal: Pick<Terminal, 'env' | 'readFile' | 'out' | 'err' | 'fetch'> = {
    env: { OSTIARY_URL: 'http://control.test', OSTIARY_TOKEN: mint('a', randomBytes).secret.reveal() },
    readFile: () => '',
    out: (text) => (printed.out += text),
    err: (text) => (printed.err += text),
    fetch: async (target) => {
      printed.asked = String(target)
      return new Response(JSON.stringify(answer), { status })
    },
  }
  return { terminal: terminal as Terminal, printed }
}
const run = async (client: string, options: ConnectOptions = {}, answer: unknown = null, machine: object = {}) => {
  const { terminal, printed } = terminalOf(answer ?? of(client))
  const here: Machine = { platform: 'linux', env: { HOME: home }, cwd, ...machine }
  const code = await connectClient(terminal, here, client, options)
  return { code, ...printed }
}
const put = (file: string, text: string) => {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text)
  return file
}
const jsonIn = (file: string) => JSON.parse(readFileSync(file, 'utf8'))

test('without a client the list is shown', async () => {
  const { terminal, printed } = terminalOf({ items: clients })
  expect(await listClients(terminal, {})).toBe(0)
  expect(printed.out).toMatch(/^claude-code +Claude Code +header +\.mcp\.json$/m)
  expect(printed.out).toMatch(/claude-ai .* URL key only/)
  expect(printed.asked).toBe('http://control.test/api/v1/clients')
})

test('it prints the snippet on stdout, and what to do next beside it', async () => {
  const { code, out, err, asked: where } = await run('claude-code', { server: 'wiki', key: 'key_1', name: 'w' })
  expect([code, out]).toEqual([0, of('claude-code').text])
  expect(err).toContain('1. Take a key')
  expect(err).toContain('read -rs OSTIARY_KEY')
  expect(err).toContain(`Its file here: ${path.join(cwd, '.mcp.json')}`)
  expect(where).toBe('http://control.test/api/v1/clients/claude-code/snippet?server=wiki&key=key_1&name=w')
  expect(readdirSync(home)).toEqual([])
})

test.each([
  ['netscape', {}, /no client/],
  ['curl', { write: true }, /no file/],
  ['cursor', { scope: 'world', write: true }, /project or user/],
  ['cursor', { scope: 'user' }, /--write/],
  ['cursor', { file: 'x' }, /--write/],
  ['cursor', { file: 'x', scope: 'user', write: true }, /one of them/],
  ['cursor', { name: '__proto__' }, /--name/],
  ['claude-desktop', { scope: 'project', write: true }, /no settings of a project/],
] as const)('connect %s %j is refused before anything is asked', async (client, options, said) => {
  const { code, err, asked: where } = await run(client, options, of('cursor'))
  expect([code, where]).toEqual([2, ''])
  expect(err).toMatch(said)
})

describe('--write', () => {
  test.each(
    Object.entries(placesOf).flatMap(([id, places]) =>
      (['linux', 'darwin', 'win32'] as const).map((platform) => ({ id, platform, places })),
    ),
  )('finds the file of $id on $platform, and writes what the snippet says', async ({ id, platform, places }) => {
    const env = { HOME: home, USERPROFILE: home, APPDATA: path.join(home, 'Roaming') }
    const { code, err } = await run(id, { write: true, scope: 'user' }, null, { platform, env })
    expect([code, err.includes('ostiary:')]).toEqual([0, false])
    const file = places.user[platform].replace('~', home).replace('%APPDATA%', env.APPDATA)
    const text = readFileSync(file, 'utf8')
    if (id === 'codex') expect(parseToml(text)).toEqual(parseToml(of(id).text))
    else expect(JSON.parse(text)).toEqual(JSON.parse(of(id).text))
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('what was there stays, byte by byte, and is kept as .bak', async () => {
    const before =
      '{ "a": 12345678901234567890,\n\t"mcpServers": {\n\t\t"other": {"x": 1e400, "x": "\\u0041"}\n\t}, "z": []}'
    const file = put(path.join(home, '.cursor/mcp.json'), before)
    chmodSync(file, 0o640)
    const { code, out } = await run('cursor', { write: true })
    expect(code).toBe(0)
    const after = readFileSync(file, 'utf8')
    expect(after.startsWith(before.slice(0, before.indexOf('\n\t}')))).toBe(true)
    expect(after.endsWith('\n\t}, "z": []}')).toBe(true)
    expect(JSON.parse(after).mcpServers.wiki).toEqual(JSON.parse(of('cursor').text).mcpServers.wiki)
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe(before)
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(out).toContain(`${file}\n+ "wiki": {`)
    expect(out).toContain(`${file}.bak`)
    expect(readdirSync(path.dirname(file)).toSorted()).toEqual(['mcp.json', 'mcp.json.bak'])
  })

  test('a second time changes nothing, and does not touch what was kept', async () => {
    const file = put(path.join(cwd, '.mcp.json'), '{"mcpServers":{}}')
    await run('claude-code', { write: true })
    const [once, at] = [readFileSync(file, 'utf8'), statSync(file).mtimeMs]
    const { code, out } = await run('claude-code', { write: true, json: true })
    expect([code, JSON.parse(out).written]).toEqual([0, { file, changed: false, backup: null }])
    expect([readFileSync(file, 'utf8'), statSync(file).mtimeMs]).toEqual([once, at])
    expect(readFileSync(`${file}.bak`, 'utf8')).toBe('{"mcpServers":{}}')
  })

  test('an entry of that name is replaced, and it is said what it was', async () => {
    const file = put(path.join(cwd, '.mcp.json'), '{"mcpServers":{"wiki":{"url":"https://old.example"}}}')
    const { out } = await run('claude-code', { write: true })
    expect(out).toContain('- "wiki": {"url":"https://old.example"}')
    expect(jsonIn(file)).toEqual(JSON.parse(of('claude-code').text))
  })

  test('what somebody has put in the place of the placeholder stays, so a second run loses no key', async () => {
    const file = path.join(cwd, 'desktop.json')
    await run('claude-desktop', { write: true, file: 'desktop.json' })
    const filled = readFileSync(file, 'utf8').replace(/("OSTIARY_KEY": )"[^"]*"/, '$1"by-hand"')
    writeFileSync(file, filled)
    const { out } = await run('claude-desktop', { write: true, file: 'desktop.json' })
    expect(out).toContain('has it already')
    expect(readFileSync(file, 'utf8')).toBe(filled)
    await run('claude-desktop', { write: true, file: 'desktop.json' }, of('claude-desktop', { slug: null }))
    const { args, env } = jsonIn(file).mcpServers.wiki
    expect([args[2], env.OSTIARY_KEY]).toEqual(['https://gw.example/mcp', 'by-hand'])
  })

  test('a key that stood there in plain text is not printed', async () => {
    const secret = mint('k', randomBytes).secret.reveal()
    const old = { headers: { Authorization: `Bearer ${secret}` } }
    put(path.join(cwd, '.mcp.json'), JSON.stringify({ mcpServers: { wiki: old } }))
    const { code, out, err } = await run('claude-code', { write: true })
    expect([code, (out + err).includes(secret.slice(22))]).toEqual([0, false])
    expect(out).toContain('- "wiki"')
  })

  test('VS Code gets its question once, beside those of others', async () => {
    const file = put(path.join(cwd, '.vscode/mcp.json'), '{"inputs": [{"id": "other"}], "servers": {}}')
    await run('vscode', { write: true })
    await run('vscode', { write: true }, of('vscode', { name: 'second' }))
    const { inputs, servers } = jsonIn(file)
    expect(inputs.map(({ id }: { id: string }) => id)).toEqual(['other', 'ostiary-key'])
    expect(Object.keys(servers)).toEqual(['wiki', 'second'])
  })

  test.each([
    ['comments', '{\n  // mine\n  "mcpServers": {}\n}', /comments/],
    ['a trailing comma', '{"mcpServers": {},}', /plain JSON/],
    ['no end to its depth', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, /plain JSON|no JSON object/],
    ['half of it', '{"mcpServers": {', /plain JSON/],
    ['a list', '[]', /no JSON object/],
    ['another kind of section', '{"mcpServers": []}', /no object/],
    ['the section twice', '{"mcpServers": {}, "mcpServers": {}}', /twice/],
    ['the entry twice', '{"mcpServers": {"wiki": 1, "wiki": 2}}', /twice/],
    ['no text', Buffer.from([0xff, 0xfe, 0x00]), /cannot be read/],
  ])('a file with %s is left as it is, with the way out', async (_, before, said) => {
    const file = path.join(cwd, '.mcp.json')
    writeFileSync(file, before)
    const { code, out, err } = await run('claude-code', { write: true })
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(said)
    expect(err).toContain('Add this by hand')
    expect(readFileSync(file)).toEqual(Buffer.from(before))
    expect(existsSync(`${file}.bak`)).toBe(false)
  })

  test('a link is not followed, nor replaced: the file, its folder, and what was kept', async () => {
    const outside = put(path.join(home, 'precious.json'), '{}')
    symlinkSync(outside, path.join(cwd, '.mcp.json'))
    expect((await run('claude-code', { write: true })).err).toMatch(/symbolic link/)
    mkdirSync(path.join(home, 'elsewhere'))
    symlinkSync(path.join(home, 'elsewhere'), path.join(cwd, '.vscode'))
    expect((await run('vscode', { write: true })).err).toMatch(/symbolic link/)
    const file = put(path.join(cwd, '.cursor/mcp.json'), '{}')
    symlinkSync(outside, `${file}.bak`)
    expect((await run('cursor', { write: true, scope: 'project' })).err).toMatch(/could not be kept/)
    expect([readFileSync(outside, 'utf8'), readFileSync(file, 'utf8')]).toEqual(['{}', '{}'])
    expect(readdirSync(path.join(home, 'elsewhere'))).toEqual([])
  })

  test('what is no file, and a place that is nowhere, is said', async () => {
    mkdirSync(path.join(cwd, '.vscode/mcp.json.ostiary-new'), { recursive: true })
    expect((await run('vscode', { write: true })).err).toMatch(/cannot be written/)
    mkdirSync(path.join(cwd, '.mcp.json'))
    expect((await run('claude-code', { write: true })).err).toMatch(/is no file/)
    put(path.join(cwd, '.cursor'), 'a file')
    expect((await run('cursor', { write: true, scope: 'project' })).err).toMatch(/is no folder/)
    expect((await run('cursor', { write: true }, null, { env: {} })).err).toMatch(/home directory/)
    expect((await run('cursor', { write: true }, null, { env: { HOME: 'relative' } })).err).toMatch(/home directory/)
  })

  test.skipIf(process.getuid?.() === 0)('a folder that is not yours to write in is said', async () => {
    chmodSync(cwd, 0o500)
    expect((await run('claude-code', { write: true })).err).toMatch(/cannot be written/)
    chmodSync(cwd, 0o700)
  })

  test('an answer with a token in it is neither shown nor written, and no file comes from control', async () => {
    const secret = mint('k', randomBytes).secret.reveal()
    const text = of('claude-code').text.replace('$', secret)
    const { code, out, err } = await run('claude-code', { write: true }, { ...of('claude-code'), text })
    expect([code, out, err.includes(secret)]).toEqual([1, '', false])
    expect(readdirSync(cwd)).toEqual([])
    await run('claude-code', { write: true }, { ...of('claude-code'), file: '/etc/passwd' })
    expect(readdirSync(cwd)).toEqual(['.mcp.json'])
  })

  test('text of control does not steer the terminal', async () => {
    const { out, err } = await run('curl', {}, { ...of('curl'), text: 'a\u001b[31mb\nc', notes: ['\u001b]0;x\u0007'] })
    expect(out).toBe('a [31mb\nc')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what it is about
    expect(err).not.toMatch(/[\u0007\u001b]/)
  })
})

describe('merging', () => {
  const snippet = of('claude-code').text
  test('whatever JSON was there is there afterwards, and the entry is the new one', () => {
    const layouts = [undefined, 2, '\t']
    const servers = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.option(servers),
        fc.constantFrom(...layouts),
        (rest, own, layout) => {
          const document = own === null ? rest : { ...rest, mcpServers: own }
          fc.pre(own !== null || !('mcpServers' in rest))
          const before = JSON.stringify(document, null, layout)
          const merged = mergeJson(before, snippet, null)
          expect(merged.ok).toBe(true)
          if (!merged.ok) return
          const { mcpServers, ...others } = JSON.parse(merged.text)
          const { mcpServers: _, ...kept } = JSON.parse(before)
          expect(others).toEqual(kept)
          expect(mcpServers).toEqual({ ...JSON.parse(before).mcpServers, ...JSON.parse(snippet).mcpServers })
          expect(mergeJson(merged.text, snippet, null)).toMatchObject({ ok: true, text: merged.text })
        },
      ),
      { numRuns: 300 },
    )
  })

  const toml = of('codex').text
  test.each([
    ['nothing', ''],
    ['others', 'model = "x"\n\n[mcp_servers.other]\ncommand = "a"\n'],
    ['no end of line', 'model = "x"'],
    ['a table below it', '[mcp_servers.wiki]\nurl = "https://old"\n\n[mcp_servers.wiki.tools]\na = 1\n'],
    ['its own with more', '[mcp_servers."wiki"] # mine\n# why\nenabled = true\nurl = "https://old"\n[other]\na = 1\n'],
    [
      'text that looks like it',
      'a = """\n[mcp_servers.wiki]\nurl = "no"\n"""\nb = \'\'\'\n[mcp_servers.wiki]\n\'\'\'\n',
    ],
    ['comments that look like it', '# [mcp_servers.wiki]\n'],
    ['a text with a # before its end', 'a = """\none # two """\n[mcp_servers.wiki]\nurl = "https://old"\n'],
    ['a literal text with a \\ before its end', "a = '''\none\\'''\n[mcp_servers.wiki]\nurl = \"https://old\"\n"],
    ['a text with a quotation before its end', 'a = """\nsays "x" \\""""\n[mcp_servers.wiki]\nurl = "https://old"\n'],
  ])('into TOML with %s: the table is set, the rest as it was', (_, before) => {
    const merged = mergeToml(before, toml)
    expect(merged.ok).toBe(true)
    if (!merged.ok) return
    const [old, now, entry] = [before, merged.text, toml].map((text) => Object(parseToml(text)))
    const wiki = { ...old.mcp_servers?.wiki, ...entry.mcp_servers.wiki }
    expect(now).toEqual({ ...old, mcp_servers: { ...old.mcp_servers, wiki } })
    for (const line of before.split('\n').filter((each) => !each.startsWith('url = "https://old"')))
      expect(merged.text.split('\n')).toContain(line)
    expect(mergeToml(merged.text, toml)).toMatchObject({ ok: true, text: merged.text, added: null })
  })

  test.each([
    ['inline', 'mcp_servers = { wiki = { url = "x" } }\n'],
    ['dotted', 'mcp_servers.wiki.url = "x"\n'],
    ['within its parent', '[mcp_servers]\nwiki = { url = "x" }\n'],
    ['with more than lines', '[mcp_servers.wiki]\nargs = [\n  "a",\n]\n'],
    ['twice', '[mcp_servers.wiki]\n[mcp_servers.wiki]\n'],
  ])('a table that is said %s is left as it is', (_, before) => {
    expect(mergeToml(before, toml)).toMatchObject({ ok: false })
  })

  test('a key that is in the address now is not sent in a header as well', () => {
    const merged = mergeToml(toml, of('codex', { kind: 'url' }).text)
    expect(merged.ok && merged.text).not.toContain('bearer_token_env_var')
  })
})
