import { z } from 'zod'
import { connect, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'

const Redeemed = z.looseObject({ secret: z.string() })

/** Redeems the link of the first start from a terminal. stdout carries the management token alone, for `$(…)`. */
export async function setup(terminal: Terminal, given: string, style: Style): Promise<Exit> {
  const link = (given === '-' ? await terminal.stdin() : given).trim()
  const url = URL.canParse(link) ? new URL(link) : null
  const code = url?.hash.slice(1).replace(/^code=/, '')
  if (url === null || !code)
    return printFailure(terminal, usage('Give the whole setup link, with what follows the #.'), style)
  const control = connect(terminal, 'nobody', url.origin)
  if ('ok' in control) return printFailure(terminal, control, style)
  const answer = await control.call({ method: 'POST', path: '/setup', body: { code } }, Redeemed)
  if (!answer.ok) return printFailure(terminal, answer, style)
  if (style.json) return printJson(terminal, answer.raw)
  terminal.out(`${answer.value.secret}\n`)
  if (!style.quiet) terminal.err('This is your management token, shown this once: keep it as OSTIARY_TOKEN.\n')
  return exit.done
}
