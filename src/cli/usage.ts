import { z } from 'zod'
import { connect, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { printFailure, printJson, type Style, table } from './print.ts'
import { named, Refs } from './refs.ts'
import { type CallFilters, callFilters } from './requests-filters.ts'
import { saved } from './save.ts'
import type { Terminal } from './terminal.ts'

export type UsageOptions = Style &
  CallFilters & { readonly by?: string; readonly limit?: string; readonly csv?: boolean; readonly out?: string }

const sums = {
  requests: z.number(),
  refused: z.number(),
  tokens: z.looseObject({ input: z.number(), output: z.number() }),
  costUsd: z.string(),
  share: z.number(),
}
const Sums = z.looseObject(sums)
type Sums = z.infer<typeof Sums>
const UsageFields = z.looseObject({
  by: z.string(),
  from: z.string(),
  to: z.string(),
  items: z.array(z.looseObject({ id: z.string().nullable(), of: z.string().nullable(), ...sums })),
  deleted: Sums.nullable(),
  rest: Sums.nullable(),
  total: Sums,
  refs: Refs,
})
type UsageFields = z.infer<typeof UsageFields>

/** Requests, tokens and cost by what is asked for: as a table, as the REST object, or every row as CSV. */
export async function showUsage(terminal: Terminal, options: UsageOptions): Promise<Exit> {
  const { by = 'key', limit, csv, out } = options
  const wrong = wrongIn(options)
  if (wrong !== null) return printFailure(terminal, usage(wrong), options)
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const filters = await callFilters(options)(control)
  if (!filters.ok) return printFailure(terminal, filters, options)
  const query = { by, ...filters.value }
  if (csv) {
    const call = { method: 'GET', path: '/usage.csv', query } as const
    return saved(terminal, out, (take) => control.download(call, take), options)
  }
  const answer = await control.call({ method: 'GET', path: '/usage', query: { ...query, limit } }, UsageFields)
  if (!answer.ok) return printFailure(terminal, answer, options)
  if (options.json) return printJson(terminal, answer.raw)
  const { value } = answer
  terminal.out(options.quiet ? value.items.map(({ id }) => `${id ?? '-'}\n`).join('') : tableOf(value))
  terminal.err(`From ${value.from} to ${value.to}.\n`)
  return exit.done
}

function wrongIn({ by, limit, csv, out }: UsageOptions): string | null {
  if (by === '') return '--by must say by what, such as key, owner, model or metadata.<name>.'
  if (limit !== undefined && !(/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 1000))
    return `--limit must be a whole number from 1 to 1000, not "${limit}".`
  if (out !== undefined && !csv) return '--out goes with --csv.'
  return csv && limit !== undefined ? '--csv writes every row; leave --limit out.' : null
}

function tableOf({ by, items, deleted, rest, total, refs }: UsageFields): string {
  const nameOf = (id: string | null) => (id === null ? 'none' : named(id, refs))
  const rows = [
    ...items.map(({ id, of, ...row }) => rowOf(of === null ? nameOf(id) : `${nameOf(of)}/${nameOf(id)}`, row)),
    ...(deleted ? [rowOf('(deleted)', deleted)] : []),
    ...(rest ? [rowOf('(all others)', rest)] : []),
    rowOf('(total)', total),
  ]
  return table([by.toUpperCase(), 'REQUESTS', 'SHARE %', 'REFUSED', 'INPUT', 'OUTPUT', 'USD'], rows)
}

const rowOf = (name: string, { requests, share, refused, tokens, costUsd }: Sums): string[] => [
  name,
  String(requests),
  String(share),
  String(refused),
  String(tokens.input),
  String(tokens.output),
  costUsd,
]
