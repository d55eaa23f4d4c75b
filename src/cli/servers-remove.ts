import { z } from 'zod'
import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { plain, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

export async function serversRemove(terminal: Terminal, id: string, style: Style): Promise<Exit> {
  const path = pathTo('servers', id)
  if (!path.ok) return printFailure(terminal, path, style)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const answer = await control.call({ method: 'DELETE', path: path.value }, z.looseObject({}))
  if (!answer.ok) return printFailure(terminal, answer, style)
  if (style.json) return printJson(terminal, answer.raw)
  if (!style.quiet) terminal.out(`${plain(id)} is removed\n`)
  return exit.done
}
