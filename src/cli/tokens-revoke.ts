import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { plain, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { OneToken } from './token-facts.ts'
import { pathTo } from './values.ts'

export async function tokensRevoke(terminal: Terminal, id: string, style: Style): Promise<Exit> {
  const path = pathTo('management-tokens', id)
  if (!path.ok) return printFailure(terminal, path, style)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, style)
  const answer = await control.call({ method: 'DELETE', path: path.value }, OneToken)
  if (!answer.ok) return printFailure(terminal, answer, style)
  if (style.json) return printJson(terminal, answer.raw)
  const { managementToken: token } = answer.value
  terminal.out(style.quiet ? `${token.id}\n` : `${token.id} (${plain(token.name)}) is revoked\n`)
  return exit.done
}
