import { connect, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { printFailure, printJson, type Style } from './print.ts'
import { oneOf, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { nothing, type VerbOptions, verbOne } from './verb-one.ts'

/** A new link for the owner; the one before it ends. */
export const keysOffer = (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> =>
  verbOne(terminal, { resource: keys, id }, { path: 'claim' }, nothing, options)

export const keysWithdraw = (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> =>
  verbOne(terminal, { resource: keys, id }, { path: 'claim', method: 'DELETE' }, nothing, options)

/** Opens a link as the owner: the secret is printed once. */
export async function keysClaim(terminal: Terminal, given: string, style: Style): Promise<Exit> {
  const link = (given === '-' ? await terminal.stdin() : given).trim()
  const url = URL.canParse(link) ? new URL(link) : null
  const code = url?.hash.slice(1).replace(/^code=/, '')
  if (url === null || !code)
    return printFailure(terminal, usage('Give the whole link, with what follows the #.'), style)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  // The token goes to the control that it is for, whatever a link says.
  if (new URL(control.url).origin !== url.origin)
    return printFailure(terminal, usage(`The link is of ${url.origin}, and OSTIARY_URL is ${control.url}.`), style)
  const answer = await control.call({ method: 'POST', path: '/claims', body: { code } }, oneOf(keys))
  const shown = await shownOne(control, keys, answer)
  if (!shown.ok) return printFailure(terminal, shown, style)
  const { raw, quiet, text, aside } = shown.value
  if (style.json) return printJson(terminal, raw)
  terminal.out(style.quiet ? `${quiet}\n` : text)
  if (aside && !style.quiet) terminal.err(aside)
  return exit.done
}
