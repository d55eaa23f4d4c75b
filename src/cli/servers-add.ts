import { parseEnv } from 'node:util'
import { NewServer } from '../servers/schema.ts'
import { type Control, connect, type Failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { facts, printFailure, printJson, type Style } from './print.ts'
import { OneServer, type ServerFields, serverFacts } from './server-facts.ts'
import type { Terminal } from './terminal.ts'

export type ServersAddOptions = Style & {
  readonly url?: string
  readonly header?: string
  readonly template?: string
  readonly credentialFile?: string
  readonly credentialEnv?: string
  readonly displayName?: string
  readonly project?: string
  readonly env?: readonly string[]
  readonly envFile?: string
  readonly wait?: string
}

export async function serversAdd(
  terminal: Terminal,
  slug: string,
  command: readonly string[],
  options: ServersAddOptions,
): Promise<Exit> {
  const body = await newServer(terminal, slug, command, options)
  if ('ok' in body) return printFailure(terminal, body, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const answer = await control.call({ method: 'POST', path: '/servers', body }, OneServer)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  if (options.quiet) {
    terminal.out(`${answer.value.server.id}\n`)
    return exit.done
  }
  const server = await settled(terminal, control, answer.value.server, Number(options.wait ?? 15))
  terminal.out(facts(serverFacts(server)))
  if (server.state !== 'ready') terminal.err(`The server is registered, but it is ${server.state}.\n`)
  return exit.done
}

/** A first start may install a package; people want to see whether it worked, scripts ask again themselves. */
async function settled(
  terminal: Terminal,
  control: Control,
  added: ServerFields,
  seconds: number,
): Promise<ServerFields> {
  const until = terminal.now() + seconds * 1000
  let server = added
  while (server.state === 'starting' && terminal.now() < until) {
    await terminal.pause(200)
    const answer = await control.call({ method: 'GET', path: `/servers/${encodeURIComponent(server.id)}` }, OneServer)
    if (!answer.ok) return server
    server = answer.value.server
  }
  return server
}

/** The input as control takes it. Secrets come from a file, stdin or a variable: arguments are visible to everyone. */
export async function newServer(
  terminal: Terminal,
  slug: string,
  command: readonly string[],
  options: ServersAddOptions,
): Promise<NewServer | Failure> {
  const [program, ...args] = command
  if ((options.url === undefined) === (program === undefined))
    return usage('Give either --url URL, or -- and the command that starts the server.')
  const env = environmentFor(terminal, options)
  if (!env.ok) return env
  const credential = await credentialFor(terminal, options)
  if (!credential.ok) return credential
  if (program !== undefined && credential.value !== null)
    return usage('A credential header is for --url; a command takes its secrets by --env or --env-file.')
  const transport =
    program === undefined
      ? { type: 'http', url: options.url }
      : { type: 'stdio', command: program, args, ...(env.value === null ? {} : { env: env.value }) }
  const parsed = NewServer.safeParse({
    slug,
    transport,
    ...(options.displayName === undefined ? {} : { name: options.displayName }),
    ...(options.project === undefined ? {} : { project: options.project }),
    ...(credential.value === null ? {} : { credential: credential.value }),
  })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue?.path[0] === 'slug')
    return usage(`"${slug}" cannot be a server's name: small letters, digits and single hyphens, 31 at most.`)
  return usage(`${issue?.path.join('.')}: ${issue?.message}.`)
}

type Given<T> = { readonly ok: true; readonly value: T | null } | Failure

async function credentialFor(terminal: Terminal, options: ServersAddOptions): Promise<Given<object>> {
  const { credentialFile, credentialEnv, header, template } = options
  if (credentialFile !== undefined && credentialEnv !== undefined)
    return usage('--credential-file and --credential-env are both given; keep one.')
  if (credentialFile === undefined && credentialEnv === undefined)
    return header === undefined && template === undefined
      ? { ok: true, value: null }
      : usage('--header needs the value from --credential-file PATH (- is stdin) or --credential-env NAME.')
  const value = await readCredential(terminal, credentialFile, credentialEnv)
  if (!value) return usage(`The credential is empty or cannot be read (${credentialFile ?? credentialEnv}).`)
  const name = header ?? 'Authorization'
  const standard = name.toLowerCase() === 'authorization' ? 'Bearer {value}' : '{value}'
  return { ok: true, value: { slot: 'header', name, template: template ?? standard, value } }
}

async function readCredential(terminal: Terminal, file?: string, variable?: string): Promise<string> {
  try {
    if (variable !== undefined) return terminal.env[variable] ?? ''
    return (file === '-' ? await terminal.stdin() : terminal.readFile(file ?? '')).trim()
  } catch {
    return ''
  }
}

function environmentFor(terminal: Terminal, { env = [], envFile }: ServersAddOptions): Given<Record<string, string>> {
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
