import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Snippet } from '../src/clients/schema.ts'
import { startEverything } from './everything.ts'
import { type Product, startProduct } from './product.ts'
import { root } from './programs.ts'
import {
  type Desk,
  type Entry,
  expanded,
  type Findings,
  openDesk,
  overHttp,
  overStdio,
  type Sdk,
  shell,
} from './snippets-run.ts'

/** Each snippet is followed to the letter, with the program that it is for where that program can be had. */

let product: Product
let desk: Desk
const keys: Record<'key' | 'url', { id: string; secret: string }> = {
  key: { id: '', secret: '' },
  url: { id: '', secret: '' },
}
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const everything = await startEverything()
  cleanUp.push(everything.stop)
  product = await startProduct({ store: 'sqlite', env: { OSTIARY_LOG_LEVEL: 'debug' } })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'everything', transport: { type: 'http', url: everything.url } })
  for (const kind of ['key', 'url'] as const) {
    const mcp = { servers: { mode: 'only', items: ['everything'] } }
    const { body } = await product.rest('POST', '/keys', { name: `a ${kind}`, kind, mcp, owner: undefined })
    keys[kind] = { id: body.key.id, secret: body.secret }
  }
  desk = await openDesk()
  cleanUp.push(desk.clear)
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

type Kind = keyof typeof keys
const variableOf = { key: 'OSTIARY_KEY', url: 'OSTIARY_URL_KEY' } as const
/** The environment and the inputs of whoever has followed the steps. */
const valuesOf = (kind: Kind) => ({
  [variableOf[kind]]: keys[kind].secret,
  [kind === 'key' ? 'ostiary-key' : 'ostiary-url-key']: keys[kind].secret,
})
const secretOf = (kind: Kind) => ({ [variableOf[kind]]: keys[kind].secret })

const ask = async (client: string, kind: Kind, server: string | null): Promise<Snippet> => {
  const query = new URLSearchParams({ key: keys[kind].id, ...(server === null ? {} : { server }) })
  const { status, body, text } = await product.rest('GET', `/clients/${client}/snippet?${query}`)
  expect([status, text.includes(keys[kind].secret)]).toEqual([200, false])
  return body
}

/** What an HTTP client reads out of its file. */
async function entryOf(client: string, kind: Kind, server: string | null): Promise<Entry> {
  const { text, language, name } = await ask(client, kind, server)
  const filled = expanded(text, valuesOf(kind))
  if (language === 'toml') {
    const { url, bearer_token_env_var: from } = Object(parseToml(filled)).mcp_servers[name]
    return { url, ...(from ? { headers: { Authorization: `Bearer ${Object(valuesOf(kind))[from]}` } } : {}) }
  }
  if (language === 'text') return { url: filled.trim() }
  const settings = JSON.parse(filled)
  const { url, httpUrl = url, headers } = (settings.mcpServers ?? settings.servers)[name]
  return { url: httpUrl, ...(headers ? { headers } : {}) }
}

const places = [
  { place: 'one server', server: 'everything', echo: 'echo' },
  { place: 'all servers of the key', server: null, echo: 'everything__echo' },
] as const
const kinds = [{ kind: 'key' }, { kind: 'url' }] as const
const everywhere = places.flatMap((place) => kinds.map((kind) => ({ ...place, ...kind })))
const said = [{ type: 'text', text: 'Echo: hi' }]

const found = ({ tools, echo }: Findings, name: string) => {
  expect(tools).toContain(name)
  expect(echo).toEqual(said)
}

describe.each(everywhere)('with a $kind key for $place', ({ kind, server, echo }) => {
  test('A04 C12 C13 the command for curl, pasted into a shell, says hello', async () => {
    const { text } = await ask('curl', kind, server)
    const run = await shell(desk, text, secretOf(kind))
    expect([run.code, run.stderr]).toEqual([0, ''])
    expect(run.stdout).toMatch(/"protocolVersion":"2025-11-25"/)
  })

  test('A04 C12 C13 the command for the Inspector, pasted into a shell, lists the tools', async () => {
    const { text } = await ask('inspector', kind, server)
    const run = await shell(desk, text, secretOf(kind))
    expect([run.code, run.stdout.includes(`"${echo}"`)], run.stderr).toEqual([0, true])
  })

  test('A04 C12 C13 the command for mcp-remote is a server to whoever starts it', async () => {
    const { text } = await ask('mcp-remote', kind, server)
    found(await overStdio(desk, { command: 'sh', args: ['-c', text], env: secretOf(kind) }, echo), echo)
  })

  test('A04 C12 C13 what Claude Desktop starts, once the key is in its place, is that server', async () => {
    const { text, name, complete, variable } = await ask('claude-desktop', kind, server)
    expect(complete).toBe(false)
    // As the step says: the place of the secret in the file, and nothing else.
    const filled =
      kind === 'key' ? text.replace(`": "$\{${variable}}"`, `": "${keys.key.secret}"`) : expanded(text, valuesOf('url'))
    const { command, args, env = {} } = JSON.parse(filled).mcpServers[name]
    found(await overStdio(desk, { command, args, env }, echo), echo)
  })

  const writers = ['claude-code', 'cursor', 'vscode', 'codex', 'gemini-cli', ...(kind === 'url' ? ['claude-ai'] : [])]
  test.each(writers)('A04 C12 C13 what %s is told leads an official client there', async (client) => {
    found(await overHttp(await entryOf(client, kind, server), 'v1', echo), echo)
  })

  const sdks: Sdk[] = ['v1', 'legacy', 'auto', ...(server === null ? (['pinned'] as const) : [])]
  test.each(sdks)('A04 B20 C12 C13 the official client (%s) reaches it', async (sdk) => {
    found(await overHttp(await entryOf('claude-code', kind, server), sdk, echo), echo)
  })
})

test.each(places)('C12 C13 both kinds of key find the same at $place', async ({ server, echo }) => {
  const [byHeader, byUrl] = await Promise.all(
    (['key', 'url'] as const).map(async (kind) => overHttp(await entryOf('claude-code', kind, server), 'auto', echo)),
  )
  expect(byUrl).toEqual(byHeader)
})

test('A04 a command without its key stops before it calls anybody', async () => {
  for (const client of ['curl', 'inspector']) {
    const { text } = await ask(client, 'key', 'everything')
    const run = await shell(desk, text, {})
    expect([client, run.code === 0, run.stdout.includes('protocolVersion')]).toEqual([client, false, false])
    expect(run.stderr).toContain('OSTIARY_KEY')
  }
})

describe('ostiary connect', () => {
  const ostiary = (args: string, more: Record<string, string> = {}) =>
    shell(desk, `exec "${process.execPath}" "${root}bin/ostiary.js" connect ${args}`, {
      OSTIARY_URL: product.controlUrl,
      OSTIARY_TOKEN: product.bootstrapToken,
      ...more,
    })

  test('A04 what it writes for Claude Code is what its user connects with, and a second time it is there', async () => {
    // The shell of a client holds its key: that is no setting of ours, and no reason to refuse.
    const run = await ostiary('claude-code --server everything --write', secretOf('key'))
    expect([run.code, run.stderr.includes('ostiary:')], run.stderr).toEqual([0, false])
    const text = await readFile(join(desk.folder, '.mcp.json'), 'utf8')
    const { everything } = JSON.parse(expanded(text, valuesOf('key'))).mcpServers
    found(await overHttp(everything, 'v1', 'echo'), 'echo')
    expect((await ostiary('claude-code --server everything --write')).stdout).toContain('has it already')
  })

  test('A04 the Inspector reads the same file, with the key from the environment of its shell', async () => {
    await writeFile(join(desk.folder, 'inspected.json'), (await ask('claude-code', 'key', 'everything')).text)
    const command = `npx -y @modelcontextprotocol/inspector --cli --config inspected.json --server everything --header "Authorization: Bearer $OSTIARY_KEY" --method tools/list`
    const run = await shell(desk, command, secretOf('key'))
    expect([run.code, run.stdout.includes('"echo"')], run.stderr).toEqual([0, true])
  })

  test('without a client it lists them', async () => {
    const run = await ostiary('')
    expect([run.code, run.stdout]).toEqual([0, expect.stringMatching(/^vscode +VS Code/m)])
  })
})

test('C13 R10 none of these calls has left a key in the log', () => {
  const logs = product.logs()
  expect(logs).toContain('/mcp/{urlKey}')
  for (const { secret } of Object.values(keys)) {
    expect(secret.length).toBe(71)
    expect(logs.includes(secret)).toBe(false)
    // Its random part alone would do as well.
    expect(logs.includes(secret.slice(22, 65))).toBe(false)
  }
})
