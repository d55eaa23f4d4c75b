import { z } from 'zod'
import { type Control, connect } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, printJson, type Style, table } from './print.ts'
import { Refs } from './refs.ts'
import type { Terminal } from './terminal.ts'
import { type Given, type Paging, paging } from './values.ts'

export type ListOptions = Style & Paging

export type List<T> = {
  /** Below /api/v1. */
  readonly path: string
  readonly item: z.ZodType<T>
  readonly head: readonly string[]
  readonly row: (item: T, refs: Refs) => readonly string[]
}

type Query = Readonly<Record<string, string | undefined>>

/** One page of a collection: as a table, as ids, or as the REST object. */
export async function printList<T extends { readonly id: string }>(
  terminal: Terminal,
  { path, item, head, row }: List<T>,
  options: ListOptions,
  /** Filters beside the page; some have to ask control first. */
  filter: (control: Control) => Promise<Given<Query>> = async () => ({ ok: true, value: {} }),
): Promise<Exit> {
  const page = paging(options)
  if (!page.ok) return printFailure(terminal, page, options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const filters = await filter(control)
  if (!filters.ok) return printFailure(terminal, filters, options)
  const Page = z.looseObject({ items: z.array(item), nextCursor: z.string().nullable().optional(), refs: Refs })
  const answer = await control.call({ method: 'GET', path, query: { ...filters.value, ...page.value } }, Page)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { items, nextCursor, refs } = answer.value
  const rows = items.map((one) => row(one, refs))
  terminal.out(options.quiet ? items.map(({ id }) => `${id}\n`).join('') : table(head, rows))
  // Ids alone do not show that they are not all.
  if (nextCursor) terminal.err(`More: --cursor ${nextCursor}\n`)
  return exit.done
}

export const filteredBy = (query: Query) => async (): Promise<Given<Query>> => ({ ok: true, value: query })
