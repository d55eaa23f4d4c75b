import { z } from 'zod'
import { NewManagementToken, resources } from '../people/schema.ts'
import { connect, type Failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { facts, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { OneToken, tokenFacts } from './token-facts.ts'
import { byComma, expiryAt } from './values.ts'

export type TokensCreateOptions = Style & {
  readonly scopes?: string
  readonly expires?: string
  readonly member?: string
}

const Created = OneToken.extend({ secret: z.string() })

export async function tokensCreate(terminal: Terminal, name: string, options: TokensCreateOptions): Promise<Exit> {
  const body = newToken(name, options, terminal.now())
  if ('ok' in body) return printFailure(terminal, body, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const answer = await control.call({ method: 'POST', path: '/management-tokens', body }, Created)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { managementToken, secret } = answer.value
  terminal.out(options.quiet ? `${secret}\n` : facts([...tokenFacts(managementToken), ['secret', secret]]))
  if (!options.quiet) terminal.err('Keep the secret now: it is shown this once.\n')
  return exit.done
}

/** The input as control takes it. Which rights is always said: there is no default that could be too wide. */
function newToken(name: string, options: TokensCreateOptions, now: number): NewManagementToken | Failure {
  const { scopes = '', expires, member } = options
  const expiresAt = expires === undefined ? null : expiryAt(expires, now)
  if (expiresAt?.ok === false) return expiresAt
  const parsed = NewManagementToken.safeParse({
    name,
    scopes: byComma(scopes),
    ...(expiresAt === null ? {} : { expiresAt: expiresAt.value }),
    ...(member === undefined ? {} : { member }),
  })
  if (parsed.success) return parsed.data
  const where = parsed.error.issues[0]?.path[0]
  if (where === 'name') return usage('The <name> must be 1 to 120 visible characters.')
  if (where === 'member') return usage(`--member must be the id of a member, not "${member}".`)
  const rights = resources.flatMap((resource) => [`${resource}:read`, `${resource}:write`])
  return usage(`--scopes must be * (everything you may), or some of ${rights.join(', ')}, by comma.`)
}
