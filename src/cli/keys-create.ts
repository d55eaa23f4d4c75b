import { z } from 'zod'
import { expiryPresets, NewKey } from '../keys/schema.ts'
import { connect, type Failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { KeyFields, keyFacts } from './key-facts.ts'
import { facts, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'

export type KeysCreateOptions = Style & {
  readonly servers?: string
  readonly expires?: string
  readonly description?: string
  readonly addresses?: string
  readonly maxStaleness?: string
  readonly inactive?: boolean
}

const Created = z.looseObject({ key: KeyFields, secret: z.string() })

export async function keysCreate(terminal: Terminal, name: string, options: KeysCreateOptions): Promise<Exit> {
  const body = newKey(name, options)
  if ('ok' in body) return printFailure(terminal, body, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const answer = await control.call({ method: 'POST', path: '/keys', body }, Created)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { key, secret } = answer.value
  terminal.out(options.quiet ? `${secret}\n` : facts([...keyFacts(key), ['secret', secret]]))
  if (options.quiet) return exit.done
  terminal.err('Keep the secret now: it is shown this once.\n')
  if (options.servers === undefined) terminal.err('The key may call no MCP server; --servers would have said which.\n')
  return exit.done
}

/** The input as control takes it. What is not said is not granted. */
export function newKey(name: string, options: KeysCreateOptions): NewKey | Failure {
  const { servers, expires, description, addresses, maxStaleness, inactive } = options
  const isPreset = expiryPresets.some((preset) => preset === expires)
  const input = {
    name,
    ...(servers === undefined ? {} : { mcp: { servers: choice(servers) } }),
    ...(expires === undefined ? {} : isPreset ? { expiresIn: expires } : { expiresAt: expires }),
    ...(description === undefined ? {} : { description }),
    ...(addresses === undefined ? {} : { addresses: { mode: 'only', cidrs: list(addresses) } }),
    ...(maxStaleness === undefined ? {} : { maxStalenessSeconds: Number(maxStaleness) }),
    ...(inactive ? { active: false } : {}),
  }
  const parsed = NewKey.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const where = issue?.path[0]
  if (where === 'expiresAt') return usage(`--expires must be one of ${expiryPresets.join(', ')} or an ISO time in UTC.`)
  if (where === 'maxStalenessSeconds')
    return usage('--max-staleness must be a whole number of seconds from 5 to 86400.')
  return usage(`${String(where ?? 'input')}: ${issue?.message ?? 'is not valid'}.`)
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

const choice = (text: string): { mode: string; items?: string[] } =>
  text === 'all' || text === 'none' ? { mode: text } : { mode: 'only', items: list(text) }
