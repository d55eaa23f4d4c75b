import { csvLine } from '../http/csv.ts'
import type { Actor } from '../people/schema.ts'
import type { RequestDeps } from './deps.ts'
import { type Asked, holds } from './filter.ts'
import { findRequests, type Place } from './found/store.ts'
import { viewOf } from './list.ts'
import type { RequestView } from './schema.ts'

const perPage = 500

type Page = { readonly items: readonly RequestView[]; readonly next: Place | null }
type Reading = Pick<RequestDeps, 'readRequests'>

/** Calls, newest first, in pages of one unit of work each. `asked` has an end: what comes meanwhile is of the next one. */
async function* pagesOf(deps: Reading, actor: Actor, asked: Asked): AsyncIterable<Page['items']> {
  for (let page = await pageOf(deps, actor, asked, null); ; page = await pageOf(deps, actor, asked, page.next)) {
    yield page.items
    if (page.next === null) return
  }
}

async function pageOf(deps: Reading, { organizationId }: Actor, asked: Asked, before: Place | null): Promise<Page> {
  const { rows, lookedTo } = await deps.readRequests(organizationId, (db) =>
    findRequests(db, organizationId, asked, before, perPage),
  )
  const items = rows.map(viewOf).filter(({ metadata }) => asked.metadata.every((member) => holds(metadata, member)))
  return { items, next: rows.length === perPage ? (rows.at(-1) ?? null) : lookedTo }
}

/** One object with one list, a line for each call. */
export async function* requestsJson(deps: RequestDeps, actor: Actor, asked: Asked): AsyncIterable<string> {
  let separator = '\n'
  yield '{"items":['
  for await (const page of pagesOf(deps, actor, asked)) {
    if (page.length === 0) continue
    yield separator + page.map((item) => JSON.stringify(item)).join(',\n')
    separator = ',\n'
  }
  yield '\n]}\n'
}

const columns = [
  ['at', ({ at }) => at],
  ['id', ({ id }) => id],
  ['kind', ({ kind }) => kind],
  ['key', ({ key }) => key],
  ['key_name', ({ keyName }) => keyName],
  ['secret_version', ({ secretVersion }) => String(secretVersion)],
  ['child', ({ child }) => child],
  ['owner_type', ({ owner }) => owner.type],
  ['owner', ({ owner }) => owner.id],
  ['project', ({ project }) => project],
  ['server', ({ server }) => server],
  ['tool', ({ tool }) => tool],
  ['provider', ({ provider }) => provider],
  ['model', ({ model }) => model],
  ['method', ({ method }) => method],
  ['admitted', ({ admitted }) => (admitted ? 'yes' : 'no')],
  ['status', ({ status }) => String(status)],
  ['code', ({ code }) => code],
  ['rule', ({ rule }) => rule],
  ['input_tokens', ({ tokens }) => tokens && String(tokens.input)],
  ['output_tokens', ({ tokens }) => tokens && String(tokens.output)],
  ['cached_tokens', ({ tokens }) => tokens && String(tokens.cached)],
  ['reasoning_tokens', ({ tokens }) => tokens && String(tokens.reasoning)],
  ['estimated', ({ tokens }) => tokens && (tokens.estimated ? 'yes' : 'no')],
  ['cost_usd', ({ costUsd }) => costUsd],
  ['latency_ms', ({ latencyMs }) => String(latencyMs)],
  ['address', ({ address }) => address],
  ['client', ({ client }) => client],
  ['gateway', ({ gateway }) => gateway],
  ['metadata', ({ metadata }) => JSON.stringify(metadata)],
] as const satisfies readonly (readonly [name: string, cell: (request: RequestView) => string | null])[]

/** For tables. What callers and models have named is text there and no formula. */
export async function* requestsCsv(deps: RequestDeps, actor: Actor, asked: Asked): AsyncIterable<string> {
  yield csvLine(columns.map(([name]) => name))
  for await (const page of pagesOf(deps, actor, asked))
    yield page.map((request) => csvLine(columns.map(([, cell]) => cell(request) ?? ''))).join('')
}
