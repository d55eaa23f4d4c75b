import { type Control, connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

/** What a command has to show, in each of the forms that can be asked for. */
export type Shown = {
  /** The REST object as it came. */
  readonly raw: unknown
  /** The id or the secret alone. */
  readonly quiet: string
  readonly text: string
  /** A word beside the data, for people. */
  readonly aside?: string
  /** Where the answer is itself a refusal. */
  readonly exit?: Exit
}

/** Every command that speaks to control: what was typed is right, then control is asked, then the answer is shown. */
export async function perform<P>(
  terminal: Terminal,
  style: Style,
  typed: Given<P>,
  work: (control: Control, typed: P) => Promise<Given<Shown>>,
): Promise<Exit> {
  if (!typed.ok) return printFailure(terminal, typed, style)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const shown = await work(control, typed.value)
  if (!shown.ok) return printFailure(terminal, shown, style)
  const { raw, quiet, text, aside, exit: end = exit.done } = shown.value
  if (style.json) printJson(terminal, raw)
  else terminal.out(style.quiet ? quiet && `${quiet}\n` : text)
  if (aside && !style.quiet && !style.json) terminal.err(aside)
  return end
}

/** For what needs nothing but what was typed. */
export const asTyped = async <P>(_control: Control, typed: P): Promise<Given<P>> => ({ ok: true, value: typed })
