import { z } from 'zod'
import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import type { ListOptions } from './keys-list.ts'
import { printFailure, printJson, table } from './print.ts'
import { ServerFields, targetOf } from './server-facts.ts'
import type { Terminal } from './terminal.ts'

const Page = z.looseObject({ items: z.array(ServerFields), nextCursor: z.string().nullable().optional() })

export async function serversList(terminal: Terminal, options: ListOptions): Promise<Exit> {
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const { search, limit, cursor } = options
  const answer = await control.call({ method: 'GET', path: '/servers', query: { search, limit, cursor } }, Page)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { items, nextCursor } = answer.value
  if (options.quiet) terminal.out(items.map(({ id }) => `${id}\n`).join(''))
  else {
    const rows = items.map((server) => [
      server.slug,
      server.state,
      String(server.tools?.length ?? '-'),
      targetOf(server),
    ])
    terminal.out(table(['SLUG', 'STATE', 'TOOLS', 'TARGET'], rows))
  }
  if (nextCursor) terminal.err(`More: --cursor ${nextCursor}\n`)
  return exit.done
}
