import { z } from 'zod'
import { connect, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { type ListOptions, printList } from './list.ts'
import { printFailure, type Style } from './print.ts'
import { named } from './refs.ts'
import { type CallFilters, callFilters } from './requests-filters.ts'
import { saved } from './save.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type RequestsOptions = ListOptions &
  CallFilters & {
    readonly status?: string
    readonly code?: string
    readonly refused?: boolean
    readonly admitted?: boolean
    readonly address?: string
    readonly client?: string
    readonly metadata?: readonly string[]
    readonly csv?: boolean
    readonly out?: string
  }

const RequestFields = z.looseObject({
  id: z.string(),
  at: z.string(),
  key: z.string(),
  keyName: z.string(),
  server: z.string().nullable(),
  tool: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  status: z.number(),
  code: z.string().nullable(),
  tokens: z.looseObject({ input: z.number(), output: z.number() }).nullable(),
  costUsd: z.string().nullable(),
  latencyMs: z.number(),
})

const list = {
  path: '/requests',
  item: RequestFields,
  head: ['AT', 'KEY', 'WHERE', 'WHAT', 'STATUS', 'TOKENS', 'USD', 'MS', 'ID'],
  row: (call: z.infer<typeof RequestFields>, refs: Parameters<typeof named>[1]) => [
    call.at,
    call.keyName || call.key,
    named(call.server ?? call.provider ?? '', refs),
    call.tool ?? call.model ?? '',
    call.code === null ? String(call.status) : `${call.status} ${call.code}`,
    call.tokens === null ? '' : `${call.tokens.input} + ${call.tokens.output}`,
    call.costUsd ?? '',
    String(call.latencyMs),
    call.id,
  ],
}

/** Calls, newest first: a page as a table or the REST object, or all of them as CSV. */
export async function requests(terminal: Terminal, options: RequestsOptions): Promise<Exit> {
  const more = moreFilters(options)
  if (!more.ok) return printFailure(terminal, more, options)
  const filters = async (control: Parameters<ReturnType<typeof callFilters>>[0]) => {
    const asked = await callFilters(options)(control)
    return asked.ok ? { ...asked, value: { ...asked.value, ...more.value } } : asked
  }
  return options.csv ? table(terminal, options, filters) : printList(terminal, list, options, filters)
}

type Filters = NonNullable<Parameters<typeof printList>[3]>

async function table(terminal: Terminal, options: Style & { readonly out?: string }, filters: Filters): Promise<Exit> {
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const query = await filters(control)
  if (!query.ok) return printFailure(terminal, query, options)
  const call = { method: 'GET', path: '/requests.csv', query: query.value } as const
  return saved(terminal, options.out, (take) => control.download(call, take), options)
}

function moreFilters(options: RequestsOptions): Given<Record<string, string | undefined>> {
  const { status, code, address, client, refused, admitted, metadata = [], csv, out, limit, cursor } = options
  if (status !== undefined && !/^\d{1,3}$/.test(status))
    return usage(`--status must be a number like 200, not "${status}".`)
  for (const [flag, text] of Object.entries({ code, address, client }))
    if (text === '') return usage(`--${flag} is empty; leave it out for all.`)
  if (refused && admitted) return usage('--refused and --admitted are both given; keep one.')
  if (out !== undefined && !csv) return usage('--out goes with --csv.')
  if (csv && (limit !== undefined || cursor !== undefined))
    return usage('--csv writes all calls; leave --limit and --cursor out.')
  const members: Record<string, string> = {}
  for (const text of metadata) {
    const at = text.indexOf('=')
    if (at < 1) return usage(`--metadata must be <name>=<value>, not "${text}".`)
    members[`metadata.${text.slice(0, at)}`] = text.slice(at + 1)
  }
  const outcome = refused ? 'false' : admitted ? 'true' : undefined
  return { ok: true, value: { status, code, admitted: outcome, address, client, ...members } }
}
