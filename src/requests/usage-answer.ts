import type { z } from 'zod'
import { csvLine } from '../http/csv.ts'
import type { Refs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { Ids, RequestDeps } from './deps.ts'
import { type Group, nothing, plus, ranked, type Sums, total } from './groups.ts'
import { hourMs } from './hours.ts'
import { usdOf } from './money.ts'
import type { UsageAsked, UsageItem } from './schema.ts'
import { type Added, addUp } from './usage.ts'
import type { Usage } from './wire.ts'

/** The largest of what was asked for, and all others as one. */
export const showUsage =
  (deps: RequestDeps) =>
  async (
    actor: Actor,
    { limit, ...given }: UsageAsked & { readonly limit: number },
  ): Promise<Result<z.input<typeof Usage>>> => {
    const done = await addUp(deps)(actor, given)
    if (!done.ok) return done
    const added = done.value
    const groups = ranked(added.groups, added.grouping)
    const shown = groups.slice(0, limit)
    const others = groups.slice(limit)
    const rest = others.length === 0 ? added.beyond : plus(total(others), added.beyond ?? nothing)
    const show = (sums: Sums) => viewOf(sums, added.total.requests)
    const { organizationId } = actor
    return ok({
      by: added.by,
      from: instant(added.fromHour),
      to: instant(added.toHour),
      items: shown.map(({ id, of, sums }) => ({ id, of, ...show(sums) })),
      deleted: added.deleted && show(added.deleted),
      rest: rest && show(rest),
      total: show(added.total),
      refs: await deps.read(organizationId, (db) => deps.refsOf(db, organizationId, idsOf(added, shown))),
    })
  }

const instant = (hour: number): string => new Date(hour * hourMs).toISOString()

const viewOf = (sums: Sums, all: number): Omit<UsageItem, 'id' | 'of'> => ({
  requests: sums.requests,
  refused: sums.refused,
  tokens: { input: sums.input, output: sums.output, cached: sums.cached, reasoning: sums.reasoning },
  costUsd: usdOf(sums.cost),
  latencyMs: sums.requests === 0 ? null : Math.round((sums.latencyMs / sums.requests) * 10) / 10,
  // As a key's own share is: percent, to a thousandth; of nothing it is nothing.
  share: all === 0 ? 0 : Math.round((sums.requests / all) * 100_000) / 1000,
})

function idsOf({ grouping }: Added, groups: readonly Group[]): Ids {
  const ids = groups.flatMap(({ id }) => id ?? [])
  const ofs = [...new Set(groups.flatMap(({ of }) => of ?? []))]
  if (grouping === 'key') return { keys: ids }
  if (grouping === 'owner' || grouping === 'team' || grouping === 'app') return { owners: ids }
  if (grouping === 'project') return { projects: ids }
  if (grouping === 'server') return { servers: ids }
  if (grouping === 'provider') return { providers: ids }
  if (grouping === 'tool') return { servers: ofs }
  return grouping === 'model' ? { providers: ofs } : {}
}

const head = [
  'by',
  'id',
  'of',
  'name',
  'requests',
  'refused',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'cost_usd',
  'latency_ms',
  'share',
]

const perPage = 500

/** Every row, and what stands in none: the columns add up to what the period has cost. */
export async function* usageCsv(deps: RequestDeps, { organizationId }: Actor, added: Added): AsyncIterable<string> {
  const all = added.total.requests
  const line = ({ id, of, sums }: Group, name: string) =>
    csvLine(cellsOf(added.by, [id ?? '', of ?? '', name], sums, all))
  const groups = ranked(added.groups, added.grouping)
  yield csvLine(head)
  for (let at = 0; at < groups.length; at += perPage) {
    const some = groups.slice(at, at + perPage)
    const refs: Refs = await deps.read(organizationId, (db) => deps.refsOf(db, organizationId, idsOf(added, some)))
    yield some.map((group) => line(group, refs[group.id ?? '']?.name ?? '')).join('')
  }
  if (added.deleted) yield line({ id: null, of: null, sums: added.deleted }, 'deleted keys')
  if (added.beyond) yield line({ id: null, of: null, sums: added.beyond }, 'all others')
}

function cellsOf(by: string, names: readonly string[], sums: Sums, all: number): string[] {
  const { requests, refused, tokens, costUsd, latencyMs, share } = viewOf(sums, all)
  const { input, output, cached, reasoning } = tokens
  const numbers = [requests, refused, input, output, cached, reasoning]
  return [by, ...names, ...numbers.map(String), costUsd, String(latencyMs ?? ''), String(share)]
}
