import { parseEnv } from 'node:util'
import { NewServer } from '../servers/schema.ts'
import { usage } from './control.ts'
import { type CredentialOptions, credentialGiven } from './credential.ts'
import { names } from './input.ts'
import { type TimeOptions, timesIn } from './server-times.ts'
import type { Terminal } from './terminal.ts'
import { type PriceOptions, pricesAfter, toolPricesIn } from './tool-prices.ts'
import type { Given } from './values.ts'

export type HeaderOptions = CredentialOptions & { readonly header?: string; readonly template?: string }
export type NewServerOptions = HeaderOptions &
  TimeOptions &
  PriceOptions & {
    readonly url?: string
    /** What is at the address speaks HTTP+SSE of 2024-11-05. */
    readonly sse?: boolean
    readonly perGateway?: boolean
    readonly displayName?: string
    readonly project?: string
    readonly catalogs?: string
    readonly env?: readonly string[]
    readonly envFile?: string
  }

/** The input as control takes it. */
export async function newServer(
  terminal: Terminal,
  slug: string,
  command: readonly string[],
  options: NewServerOptions,
): Promise<Given<NewServer>> {
  const [program, ...args] = command
  if ((options.url === undefined) === (program === undefined))
    return usage('Give either --url URL, or -- and the command that starts the server.')
  if (program !== undefined && options.sse) return usage('--sse says what is at --url, not what a command speaks.')
  if (program === undefined && options.perGateway) return usage('--per-gateway is about commands, not about --url.')
  const times = timesIn(options)
  if (!times.ok) return times
  const prices = toolPricesIn(options)
  if (!prices.ok) return prices
  const env = environmentFor(terminal, options)
  if (!env.ok) return env
  const credential = await credentialFor(terminal, options)
  if (!credential.ok) return credential
  if (program !== undefined && credential.value !== null)
    return usage('A credential header is for --url; a command takes its secrets by --env or --env-file.')
  const catalogs = names('--catalogs', options.catalogs)
  if (!catalogs.ok) return catalogs
  const transport =
    program === undefined
      ? { type: options.sse ? 'sse' : 'http', url: options.url }
      : { type: 'stdio', command: program, args, ...(env.value === null ? {} : { env: env.value }) }
  const parsed = NewServer.safeParse({
    slug,
    transport,
    ...(options.displayName === undefined ? {} : { name: options.displayName }),
    ...(options.project === undefined ? {} : { project: options.project }),
    ...(times.value === null ? {} : { timeouts: times.value }),
    ...(options.perGateway ? { perGateway: true } : {}),
    ...(prices.value === null ? {} : { toolPrices: pricesAfter({}, prices.value) }),
    ...(catalogs.value === undefined ? {} : { catalogs: catalogs.value }),
    ...(credential.value === null ? {} : { credential: credential.value }),
  })
  if (parsed.success) return { ok: true, value: parsed.data }
  const { path = [] } = parsed.error.issues[0] ?? {}
  return usage(sentenceFor(path, slug, options))
}

/** One sentence about the first value that cannot be right, by the word with which it was given. */
function sentenceFor([field, part]: readonly PropertyKey[], slug: string, options: NewServerOptions): string {
  if (field === 'slug')
    return `"${slug}" cannot be a server's name: small letters, digits and single hyphens, 31 at most.`
  if (field === 'name') return '--display-name must be 1 to 120 visible characters.'
  if (field === 'project') return '--project must be the slug of a project.'
  if (field === 'credential') return 'The credential must be 1 to 8192 characters.'
  // With an @ it may hold a password.
  const given = options.url?.includes('@') ? '' : `, not "${options.url}"`
  if (part === 'url') return `--url must be an address that begins with http:// or https://${given}.`
  if (part === 'env') return '--env and --env-file take variables with names of letters, digits and underscores.'
  return 'The command behind -- is empty or too long: 256 arguments at most.'
}

export async function credentialFor(terminal: Terminal, options: HeaderOptions): Promise<Given<object | null>> {
  const { header, template } = options
  const value = await credentialGiven(terminal, options)
  if (!value.ok) return value
  if (value.value === null)
    return header === undefined && template === undefined
      ? { ok: true, value: null }
      : usage('--header needs the value from --credential-file PATH (- is stdin) or --credential-env NAME.')
  const name = header ?? 'Authorization'
  const standard = name.toLowerCase() === 'authorization' ? 'Bearer {value}' : '{value}'
  return { ok: true, value: { slot: 'header', name, template: template ?? standard, value: value.value } }
}

function environmentFor(
  terminal: Terminal,
  { env = [], envFile }: NewServerOptions,
): Given<Record<string, string> | null> {
  const values: Record<string, string> = {}
  if (envFile !== undefined) {
    try {
      for (const [name, value] of Object.entries(parseEnv(terminal.readFile(envFile))))
        if (value !== undefined) values[name] = value
    } catch {
      return usage(`--env-file ${envFile} cannot be read.`)
    }
  }
  for (const name of env) {
    const value = terminal.env[name]
    if (name.includes('=')) return usage('--env takes the name of a variable that is set here, not NAME=value.')
    if (value === undefined) return usage(`--env ${name}: that variable is not set here.`)
    values[name] = value
  }
  return { ok: true, value: Object.keys(values).length === 0 ? null : values }
}
