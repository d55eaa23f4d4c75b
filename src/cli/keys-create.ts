import { z } from 'zod'
import { expiryPresets, NewKey } from '../keys/schema.ts'
import { connect, type Failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { keyFacts, OneKey } from './key-facts.ts'
import { facts, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { byComma, isInstant, isOneOf, wrongExpiry } from './values.ts'

export type KeysCreateOptions = Style & {
  readonly servers?: string
  readonly expires?: string
  readonly description?: string
  readonly addresses?: string
  readonly maxStaleness?: string
  readonly inactive?: boolean
}

const Created = OneKey.extend({ secret: z.string() })

export async function keysCreate(terminal: Terminal, name: string, options: KeysCreateOptions): Promise<Exit> {
  const body = newKey(name, options)
  if ('ok' in body) return printFailure(terminal, body, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const answer = await control.call({ method: 'POST', path: '/keys', body }, Created)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { key, secret, refs } = answer.value
  terminal.out(options.quiet ? `${secret}\n` : facts([...keyFacts(key, refs), ['secret', secret]]))
  if (options.quiet) return exit.done
  terminal.err('Keep the secret now: it is shown this once.\n')
  if (options.servers === undefined) terminal.err('The key may call no MCP server; --servers would have said which.\n')
  return exit.done
}

/** The input as control takes it. What is not said is not granted. */
export function newKey(name: string, options: KeysCreateOptions): NewKey | Failure {
  const { servers, expires, description, addresses, maxStaleness, inactive } = options
  const isPreset = isOneOf(expiryPresets, expires)
  // An empty list reads as "none", but is typed by accident: a variable that is not set, a forgotten argument.
  if (servers !== undefined && byComma(servers).length === 0) return usage(sentences.mcp)
  if (addresses !== undefined && byComma(addresses).length === 0) return usage(sentences.addresses)
  if (maxStaleness !== undefined && !/^\d+$/.test(maxStaleness)) return usage(sentences.maxStalenessSeconds)
  if (expires !== undefined && !isPreset && !isInstant(expires)) return usage(wrongExpiry(expires))
  const input = {
    name,
    ...(servers === undefined ? {} : { mcp: { servers: choice(servers) } }),
    ...(expires === undefined ? {} : isPreset ? { expiresIn: expires } : { expiresAt: expires }),
    ...(description === undefined ? {} : { description }),
    ...(addresses === undefined ? {} : { addresses: { mode: 'only', cidrs: byComma(addresses) } }),
    ...(maxStaleness === undefined ? {} : { maxStalenessSeconds: Number(maxStaleness) }),
    ...(inactive ? { active: false } : {}),
  }
  const parsed = NewKey.safeParse(input)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path[0]
  return usage(isOneOf(fields, where) ? sentences[where] : 'The key cannot be made of these values.')
}

const fields = ['name', 'mcp', 'description', 'addresses', 'maxStalenessSeconds'] as const
const sentences: Readonly<Record<(typeof fields)[number], string>> = {
  name: 'The <name> must be 1 to 120 visible characters.',
  mcp: '--servers must be all, none, or a list of slugs by comma (all|none|list).',
  description: '--description must be 2000 visible characters at most.',
  addresses: '--addresses must be addresses or CIDRs by comma, 1000 at most; leave it out for any address.',
  maxStalenessSeconds: '--max-staleness must be a whole number of seconds from 5 to 86400.',
}

const choice = (text: string): { mode: string; items?: string[] } =>
  text === 'all' || text === 'none' ? { mode: text } : { mode: 'only', items: byComma(text) }
