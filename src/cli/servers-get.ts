import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { facts, printFailure, printJson, type Style } from './print.ts'
import { OneServer, serverFacts } from './server-facts.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

export async function serversGet(terminal: Terminal, id: string, style: Style): Promise<Exit> {
  const path = pathTo('servers', id)
  if (!path.ok) return printFailure(terminal, path, style)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const answer = await control.call({ method: 'GET', path: path.value }, OneServer)
  if (!answer.ok) return printFailure(terminal, answer, style)
  if (style.json) return printJson(terminal, answer.raw)
  terminal.out(style.quiet ? `${answer.value.server.id}\n` : facts(serverFacts(answer.value.server)))
  return exit.done
}
