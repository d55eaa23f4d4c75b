import { csvLine } from '../http/csv.ts'
import type { Actor } from '../people/schema.ts'
import type { RequestDeps } from './deps.ts'
import { type Asked, holds } from './filter.ts'
import { type Found, findRequests, type Place } from './found/store.ts'
import { viewOf } from './list.ts'
import type { RequestView } from './schema.ts'

const perPage = 500

/** Calls, newest first, in pages of one unit of work each. `asked` has an end: what comes meanwhile is of the next one. */
async function* pagesOf(
  { readRequests }: Pick<RequestDeps, 'readRequests'>,
  { organizationId }: Actor,
  asked: Asked,
): AsyncIterable<readonly RequestView[]> {
  let before: Place | null = null
  do {
    const behind: Place | null = before
    const { rows, lookedTo }: Found = await readRequests(organizationId, (db) =>
      findRequests(db, organizationId, asked, behind, perPage),
    )
    const last = rows.length === perPage ? rows.at(-1) : lookedTo
    yield rows.map(viewOf).filter(({ metadata }) => asked.metadata.every((member) => holds(metadata, member)))
    before = last ? { at: last.at, place: last.place } : null
  } while (before !== null)
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
