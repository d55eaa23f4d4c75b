import { z } from 'zod'
import { connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, printJson, type Style, table } from './print.ts'
import { Refs } from './refs.ts'
import type { Terminal } from './terminal.ts'
import { type Paging, paging } from './values.ts'

export type ListOptions = Style & Paging

type List<T> = {
  readonly path: string
  /** Filters beside the page. */
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly item: z.ZodType<T>
  readonly head: readonly string[]
  readonly row: (item: T, refs: Refs) => readonly string[]
}

/** One page of a collection: as a table, as ids, or as the REST object. */
export async function printList<T extends { readonly id: string }>(
  terminal: Terminal,
  { path, query = {}, item, head, row }: List<T>,
  options: ListOptions,
): Promise<Exit> {
  const page = paging(options)
  if (!page.ok) return printFailure(terminal, page, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const Page = z.looseObject({ items: z.array(item), nextCursor: z.string().nullable().optional(), refs: Refs })
  const answer = await control.call({ method: 'GET', path, query: { ...query, ...page.value } }, Page)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { items, nextCursor, refs } = answer.value
  if (options.quiet) terminal.out(items.map(({ id }) => `${id}\n`).join(''))
  else
    terminal.out(
      table(
        head,
        items.map((one) => row(one, refs)),
      ),
    )
  if (nextCursor) terminal.err(`More: --cursor ${nextCursor}\n`)
  return exit.done
}
