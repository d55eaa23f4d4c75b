import { z } from 'zod'
import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { KeyFields, keyFacts } from './key-facts.ts'
import { facts, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'

export async function keysGet(terminal: Terminal, id: string, style: Style): Promise<Exit> {
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const path = `/keys/${encodeURIComponent(id)}`
  const answer = await control.call({ method: 'GET', path }, z.looseObject({ key: KeyFields }))
  if (!answer.ok) return printFailure(terminal, answer, style)
  if (style.json) return printJson(terminal, answer.raw)
  terminal.out(style.quiet ? `${answer.value.key.id}\n` : facts(keyFacts(answer.value.key)))
  return exit.done
}
