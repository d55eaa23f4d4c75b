import { z } from 'zod'
import { secretName } from '../../credentials/secret-name.ts'
import { type Entry, programEntry, remoteEntry, unfit } from './entry.ts'
import { type Asked, type Found, resolved, type Variables } from './values.ts'

/** What clients keep about their servers: Claude, Cursor, Gemini, VS Code, Windsurf, Codex and their kin. */
const texts = z.record(z.string(), z.string())
export const ClientServer = z.object({
  type: z.string().optional(),
  transport: z.string().optional(),
  url: z.string().min(1).optional(),
  httpUrl: z.string().min(1).optional(),
  serverUrl: z.string().min(1).optional(),
  command: z.string().min(1).optional(),
  args: z.array(z.string()).optional(),
  env: texts.optional(),
  headers: texts.optional(),
  http_headers: texts.optional(),
  env_http_headers: texts.optional(),
  bearer_token_env_var: z.string().optional(),
  disabled: z.boolean().optional(),
  enabled: z.boolean().optional(),
})
type ClientServer = z.infer<typeof ClientServer>

/** VS Code asks for these when it starts a server. */
export const ClientInput = z.object({
  id: z.string(),
  description: z.string().optional(),
  default: z.string().optional(),
  password: z.boolean().optional(),
})
export type ClientInput = z.infer<typeof ClientInput>

type Values = { readonly inputs: readonly ClientInput[]; readonly given: Variables }

export function clientEntry(name: string, server: ClientServer, values: Values): Entry {
  if (server.disabled === true || server.enabled === false) return unfit(name, 'it is switched off in this document')
  const url = server.httpUrl ?? server.serverUrl ?? server.url
  if (url === undefined && server.command === undefined) return unfit(name, 'it has neither an address nor a command')
  if (url === undefined) {
    const args = (server.args ?? []).map((text) => read('argument', text, values, false))
    return programEntry(name, { command: server.command ?? '', args, env: readAll(server.env, values) })
  }
  const headers = headersOf(server, values).map(([header, found]) => ({ name: header, found }))
  return remoteEntry(name, kindOf(server, url), read('url', url, values, false), headers)
}

/** Who names no kind of transport and ends in `/sse` means the old one. */
function kindOf({ type, transport, httpUrl }: ClientServer, url: string): 'http' | 'sse' {
  const said = type ?? transport
  if (said !== undefined) return said.toLowerCase() === 'sse' ? 'sse' : 'http'
  return httpUrl === undefined && /\/sse\/?$/.test(URL.parse(url)?.pathname ?? '') ? 'sse' : 'http'
}

function headersOf(server: ClientServer, values: Values): [string, Found][] {
  const { headers, http_headers: fixed, env_http_headers: ofEnv = {}, bearer_token_env_var: bearer } = server
  const fromEnv = Object.fromEntries(Object.entries(ofEnv).map(([header, name]) => [header, `\${${name}}`]))
  const token = bearer === undefined ? {} : { Authorization: `Bearer \${${bearer}}` }
  return Object.entries(readAll({ ...headers, ...fixed, ...fromEnv, ...token }, values))
}

const readAll = (all: Readonly<Record<string, string>> = {}, values: Values): Record<string, Found> =>
  Object.fromEntries(Object.entries(all).map(([name, text]) => [name, read(name, text, values, true)]))

/** `${NAME}`, `${NAME:-else}`, `${env:NAME}`, `${input:id}`; and `$NAME` where there is nothing else. */
const reference = /\$\{(?:(input|env):)?([A-Za-z0-9_.-]+)(?::-([^}]*))?\}/g
const alone = /^\$([A-Za-z_][A-Za-z0-9_]*)$/

/** `isHidden`: what is filled in here is kept as a secret. Elsewhere a variable is one if its name says so. */
function read(name: string, text: string, { inputs, given }: Values, isHidden: boolean): Found {
  const inner: Record<string, Asked> = {}
  const braced = text
    .replace(alone, (_, id: string) => `\${${id}}`)
    .replace(reference, (_, kind, id, otherwise) => {
      const input = kind === 'env' ? undefined : inputs.find((one) => one.id === id)
      const standard = otherwise ?? input?.default
      inner[id] = {
        name: id,
        isSecret: input?.password ?? (isHidden || secretName.test(id)),
        ...(standard === undefined ? {} : { default: standard }),
        ...(input?.description === undefined ? {} : { description: input.description }),
      }
      return `{${id}}`
    })
  return resolved({ name, value: braced, isSecret: isHidden }, inner, given)
}
