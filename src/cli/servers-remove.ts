import { z } from 'zod'
import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { plain, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'

export async function serversRemove(terminal: Terminal, id: string, style: Style): Promise<Exit> {
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const path = `/servers/${encodeURIComponent(id)}`
  const answer = await control.call({ method: 'DELETE', path }, z.looseObject({}))
  if (!answer.ok) return printFailure(terminal, answer, style)
  if (style.json) return printJson(terminal, answer.raw)
  if (!style.quiet) terminal.out(`${plain(id)} is removed\n`)
  return exit.done
}
