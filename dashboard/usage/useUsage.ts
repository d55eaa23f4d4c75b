import { useQueries } from '@tanstack/react-query'
import type { z } from 'zod'
import type { Sums, UsageItem } from '../../src/requests/schema.ts'
import { ask, queryOf, type Refs } from '../api.ts'
import { callFields } from '../requests/filters/fields.data.ts'
import { useOne } from '../ui/useCalls.ts'
import type { UrlState } from '../ui/useUrl.ts'
import { type Dimension, filtersOf } from './dimension.ts'
import { type Range, slotsOf } from './period.ts'

export type UsageSums = z.infer<typeof Sums>
export type UsageAnswer = {
  readonly by: string
  readonly from: string
  readonly to: string
  readonly items: readonly UsageItem[]
  readonly deleted: UsageSums | null
  readonly rest: UsageSums | null
  readonly total: UsageSums
  readonly refs: Refs
}
export type Filters = Readonly<Record<string, string>>

const lookAgainMs = 60_000
/** So many have a colour of their own. */
export const colours = 5

/** The filters among what stands in the address. */
export const filtersIn = (url: UrlState): Filters =>
  Object.fromEntries(callFields.flatMap((name) => (url[name] === undefined ? [] : [[name, url[name]]])))

export const useUsage = (by: string, { from, to }: Range, filters: Filters) =>
  useOne<UsageAnswer>('/usage', { ...filters, by, from, to }, { ms: lookAgainMs })

/** One line of the chart: its numbers by hour or day. */
export type Series = {
  readonly id: string
  readonly item: UsageItem | null
  readonly sums: readonly (UsageSums | null)[]
}

/** All calls by hour or day. */
export function useOverTime(range: Range, filters: Filters) {
  const { from, to, step } = range
  const { data, error, retry } = useOne<UsageAnswer>(
    '/usage',
    { ...filters, by: step, from, to, limit: 1000 },
    { ms: lookAgainMs },
  )
  return { sums: data && inSlots(range, data.items), error, retry }
}

/** The same of each of the largest of a list; what cannot be asked for alone stands among all others. */
export function useLargestOverTime(range: Range, filters: Filters, dimension: Dimension, list: readonly UsageItem[]) {
  const { from, to, step } = range
  const asked = list
    .map((item) => ({ item, narrowed: filtersOf(dimension, item) }))
    .flatMap(({ item, narrowed }) => (narrowed === null ? [] : [{ item, narrowed }]))
    .slice(0, colours)
  const answers = useQueries({
    queries: asked.map(({ narrowed }) => {
      const query = { ...filters, ...narrowed, by: step, from, to, limit: 1000 }
      return {
        queryKey: ['usage', '/usage', query],
        queryFn: ({ signal }: { signal: AbortSignal }) => ask<UsageAnswer>(`GET /usage${queryOf(query)}`, { signal }),
        refetchInterval: lookAgainMs,
      }
    }),
  })
  const series = asked.map(({ item }, at): Series => {
    const sums = inSlots(range, answers[at]?.data?.items ?? [])
    return { id: JSON.stringify([item.of, item.id]), item, sums }
  })
  return {
    series,
    isLoading: answers.some(({ isPending }) => isPending),
    error: answers.find(({ error }) => error !== null)?.error ?? null,
  }
}

const inSlots = (range: Range, items: readonly UsageItem[]): (UsageSums | null)[] => {
  const known = new Map(items.map((item) => [item.id, item]))
  return slotsOf(range).map((slot) => known.get(slot) ?? null)
}
