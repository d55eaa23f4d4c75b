import { addressOf, aroundKey, type Target } from './address.ts'
import { asJson, asToml, word, wordWith } from './quoting.ts'
import type { Client, ClientId, Snippet } from './schema.ts'
import { clientNotes, lastSteps, variables } from './snippets.data.ts'

/** What a snippet is about. `name`: what the client calls it. */
export type Asked = Target & { readonly name: string; readonly tellKey?: string }

type Written = Pick<Snippet, 'text' | 'variable'> & { readonly complete?: boolean }
type Write = (asked: Asked) => Written

/** What a client takes to reach the gateway: settings or a command, and what to do with them. Pure. */
export function snippetOf(client: Client, asked: Asked): Snippet {
  const { text, variable, complete = true } = writers[client.id](asked)
  const { id, title, language, file } = client
  const steps = [...stepsBefore(asked, { variable, complete, file, id }), lastSteps[id]]
  return {
    ...{ client: id, title, language, file, name: asked.name, text, variable, complete, steps },
    notes: notesOf(id, asked),
  }
}

const notesOf = (id: ClientId, { kind, origin }: Asked): string[] => [
  // The shell puts a URL key into the address, so what is said of the header is not true of it.
  ...(id === 'mcp-remote' && kind === 'url' ? clientNotes.inspector : clientNotes[id]),
  ...(kind === 'url' ? ['A URL key is in the address of every call: give it only what it needs, and an end.'] : []),
  ...(origin.startsWith('http:') && !isLoopback(origin) ? ['This address has no TLS: the key travels readable.'] : []),
]

type Around = Pick<Snippet, 'variable' | 'complete' | 'file'> & { readonly id: ClientId }

function stepsBefore({ kind, tellKey }: Asked, { variable, complete, file, id }: Around): string[] {
  const which = kind === 'url' ? 'URL key (ostu_…)' : 'key (ostk_…)'
  const whose = tellKey === undefined ? `a ${which}` : `the ${which} ${JSON.stringify(tellKey)}`
  const taken = `Take ${whose} from where it was shown, once, when it was made.`
  const put = file === null ? [] : [`Put this into ${file}, beside what is there.`]
  // Claude Desktop hands the variable to the bridge, which puts it into the header: only the first is for people.
  const where = id === 'claude-desktop' && kind === 'key' ? ' under env' : ''
  if (!complete) return [taken, ...put, `Replace \${${variable}}${where} by the key; what holds it is a secret then.`]
  if (id === 'vscode') return [taken, ...put]
  return [taken, `Keep it out of the history of the shell: read -rs ${variable} && export ${variable}`, ...put]
}

/** An entry for a client that speaks HTTP; `expand` is how it spells a variable. */
const overHttp =
  (top: string, member: string, expand: (variable: string) => string, more: object = {}): Write =>
  (asked) => {
    const variable = variables[asked.kind]
    const url = addressOf(asked, expand(variable))
    const headers = asked.kind === 'key' ? { headers: { Authorization: `Bearer ${expand(variable)}` } } : {}
    return { variable, text: asJson({ [top]: { [asked.name]: { ...more, [member]: url, ...headers } } }) }
  }

/** The bridge for clients that only start commands. `x-api-key`, because some lose what stands behind a space. */
const bridgeArguments = (asked: Asked, address: string): string[] => [
  ...['mcp-remote', address, '--transport', 'http-only'],
  ...(asked.origin.startsWith('http:') && !isLoopback(asked.origin) ? ['--allow-http'] : []),
  ...(asked.kind === 'key' ? ['--header', `x-api-key:$\{${variables.key}}`] : []),
]

/** What mcp-remote takes without `--allow-http`. */
const isLoopback = (origin: string): boolean => /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin)

const claudeDesktop: Write = (asked) => {
  const variable = variables[asked.kind]
  const args = ['-y', ...bridgeArguments(asked, addressOf(asked, `$\{${variable}}`))]
  const env = asked.kind === 'key' ? { env: { [variable]: `$\{${variable}}` } } : {}
  const text = asJson({ mcpServers: { [asked.name]: { command: 'npx', args, ...env } } })
  return { variable, text, complete: false }
}

const claudeAi: Write = (asked) => {
  const variable = variables.url
  return { variable, text: `${addressOf({ ...asked, kind: 'url' }, `$\{${variable}}`)}\n`, complete: false }
}

const vscode: Write = (asked) => {
  const id = asked.kind === 'url' ? 'ostiary-url-key' : 'ostiary-key'
  const input = `$\{input:${id}}`
  const headers = asked.kind === 'key' ? { headers: { Authorization: `Bearer ${input}` } } : {}
  const server = { type: 'http', url: addressOf(asked, input), ...headers }
  const inputs = [{ id, type: 'promptString', description: 'Key of the gateway', password: true }]
  return { variable: `input:${id}`, text: asJson({ inputs, servers: { [asked.name]: server } }) }
}

const codex: Write = (asked) => {
  const variable = variables[asked.kind]
  const lines = [`[mcp_servers.${asked.name}]`, `url = ${asToml(addressOf(asked, `$\{${variable}}`))}`]
  if (asked.kind === 'key') lines.push(`bearer_token_env_var = ${asToml(variable)}`)
  return { variable, text: `${lines.join('\n')}\n`, complete: asked.kind === 'key' }
}

/** The address as one word for the shell. */
const shellAddress = (asked: Asked): string => {
  const [before, after] = aroundKey(asked)
  return asked.kind === 'url' ? wordWith(before, variables.url, after) : word(before)
}

const mcpRemote: Write = (asked) => {
  const [program = '', , ...others] = bridgeArguments(asked, '')
  const rest = others.map((each) => (each.includes('$') ? word(each) : each))
  const text = ['npx', '-y', program, shellAddress(asked), ...rest].join(' ')
  return { variable: variables[asked.kind], text: `${text}\n` }
}

const inspector: Write = (asked) => {
  const header = asked.kind === 'key' ? ` \\\n  --header ${wordWith('Authorization: Bearer ', variables.key)}` : ''
  const text = `npx -y @modelcontextprotocol/inspector --cli ${shellAddress(asked)} \\\n  --transport http --method tools/list${header}\n`
  return { variable: variables[asked.kind], text }
}

const hello = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'curl', version: '1' } },
}

const curl: Write = (asked) => {
  const [before, after] = aroundKey(asked)
  const variable = variables[asked.kind]
  // Asked for beforehand: within a pipe only that end of it would stop.
  const isSet = `: "\${${variable}:?}" &&`
  const secret =
    asked.kind === 'key'
      ? `printf 'header = "Authorization: Bearer %s"\\n' ${wordWith('', variable)}`
      : `printf 'url = "%s"\\n' ${wordWith(before, variable, after)}`
  const lines = [
    `${isSet} ${secret} | curl -sS -K -${asked.kind === 'key' ? ` ${word(before)}` : ''}`,
    "-H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream'",
    `-d ${word(JSON.stringify(hello))}`,
  ]
  return { variable, text: `${lines.join(' \\\n  ')}\n` }
}

const writers: Readonly<Record<ClientId, Write>> = {
  'claude-code': overHttp('mcpServers', 'url', (name) => `$\{${name}}`, { type: 'http' }),
  'claude-desktop': claudeDesktop,
  'claude-ai': claudeAi,
  cursor: overHttp('mcpServers', 'url', (name) => `$\{env:${name}}`),
  vscode,
  codex,
  'gemini-cli': overHttp('mcpServers', 'httpUrl', (name) => `$\{${name}}`),
  'mcp-remote': mcpRemote,
  inspector,
  curl,
}
