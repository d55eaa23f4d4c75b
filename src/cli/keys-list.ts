import { z } from 'zod'
import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { KeyFields, serversOf } from './key-facts.ts'
import { printFailure, printJson, type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'

export type ListOptions = Style & {
  readonly search?: string
  readonly status?: string
  readonly limit?: string
  readonly cursor?: string
}

const Page = z.looseObject({ items: z.array(KeyFields), nextCursor: z.string().nullable().optional() })

export async function keysList(terminal: Terminal, options: ListOptions): Promise<Exit> {
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const { search, status, limit, cursor } = options
  const answer = await control.call({ method: 'GET', path: '/keys', query: { search, status, limit, cursor } }, Page)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { items, nextCursor } = answer.value
  if (options.quiet) terminal.out(items.map(({ id }) => `${id}\n`).join(''))
  else {
    const rows = items.map((key) => [key.id, key.name, key.status, serversOf(key), key.expiresAt ?? 'never'])
    terminal.out(table(['ID', 'NAME', 'STATUS', 'SERVERS', 'EXPIRES'], rows))
  }
  if (nextCursor) terminal.err(`More: --cursor ${nextCursor}\n`)
  return exit.done
}
