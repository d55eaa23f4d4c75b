import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { keyFacts, OneKey } from './key-facts.ts'
import { facts, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

export async function keysGet(terminal: Terminal, id: string, style: Style): Promise<Exit> {
  const path = pathTo('keys', id)
  if (!path.ok) return printFailure(terminal, path, style)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const answer = await control.call({ method: 'GET', path: path.value }, OneKey)
  if (!answer.ok) return printFailure(terminal, answer, style)
  if (style.json) return printJson(terminal, answer.raw)
  const { key, refs } = answer.value
  terminal.out(style.quiet ? `${key.id}\n` : facts(keyFacts(key, refs)))
  return exit.done
}
