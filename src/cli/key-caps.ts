import { type KeyBudgetInput, KeyBudgetInput as KeyBudgetShape, Period } from '../budgets/schema.ts'
import { Detached, type KeyLimitsInput } from '../limits/schema.ts'
import { usage } from './control.ts'
import { present, together } from './input.ts'
import type { Given } from './values.ts'

/** Limits and budgets of a key, as options. */
export type CapOptions = {
  readonly rpm?: string
  readonly tpm?: string
  readonly concurrent?: string
  readonly streams?: string
  readonly detached?: string
  readonly budget?: readonly string[]
}

/** What was given. `budgets`: by period; null for one that is to have none, and `clear` before all others. */
export type CapsGiven = {
  readonly limits: KeyLimitsInput | null
  readonly budgets: {
    readonly clear: boolean
    readonly byPeriod: ReadonlyMap<Period, KeyBudgetInput | null>
  } | null
}

export function capsIn({ rpm, tpm, concurrent, streams, detached, budget }: CapOptions): Given<CapsGiven> {
  const word = Detached.safeParse(detached)
  if (detached !== undefined && !word.success) return usage('--detached must be share or closed.')
  const limits = together({
    requestsPerMinute: countOf('--rpm', rpm),
    tokensPerMinute: countOf('--tpm', tpm),
    concurrent: countOf('--concurrent', concurrent),
    streams: countOf('--streams', streams),
    detached: { ok: true, value: word.data },
  })
  if (!limits.ok) return limits
  const budgets = budgetsOf(budget)
  if (!budgets.ok) return budgets
  const said: KeyLimitsInput = present(limits.value)
  return { ok: true, value: { limits: Object.keys(said).length === 0 ? null : said, budgets: budgets.value } }
}

const most = 1_000_000_000

function countOf(flag: string, text: string | undefined): Given<number | null | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  if (text === 'none') return { ok: true, value: null }
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= most
    ? { ok: true, value: number }
    : usage(`${flag} must be a whole number from 1 to ${most}, or none.`)
}

function budgetsOf(words: readonly string[] | undefined): Given<CapsGiven['budgets']> {
  if (words === undefined) return { ok: true, value: null }
  const byPeriod = new Map<Period, KeyBudgetInput | null>()
  let clear = false
  for (const word of words) {
    if (word === 'none') {
      clear = true
      continue
    }
    const read = /^([^/:]+)(?:\/([a-z]+))?(?::(.+))?$/.exec(word)
    const period = Period.safeParse(read?.[2] ?? 'total')
    if (!read || !period.success || byPeriod.has(period.data)) return wrong(word)
    const [, amount = '', , thresholds] = read
    const budget = KeyBudgetShape.safeParse(present({ usd: amount, period: period.data, thresholds }))
    if (amount !== 'none' && !budget.success) return wrong(word)
    byPeriod.set(period.data, amount === 'none' ? null : (budget.data ?? null))
  }
  return { ok: true, value: { clear, byPeriod } }
}

const wrong = (word: string) =>
  usage(
    `--budget takes USD/PERIOD:PERCENTAGES, one for each period (total, day, week, month), such as 25/month:50,80,100, or none/month; not "${word}".`,
  )

export type CapsBefore = {
  readonly limits?: KeyLimitsInput | undefined
  readonly budgets?:
    | readonly { readonly usd: string; readonly period: string; readonly thresholds: readonly number[] }[]
    | undefined
}

/** The fields as they become: what nobody names stays. */
export function capsAfter({ limits, budgets }: CapsGiven, before: CapsBefore = {}): object {
  return {
    ...(limits === null ? {} : { limits: { ...before.limits, ...limits } }),
    ...(budgets === null ? {} : { budgets: budgetsAfter(budgets, before) }),
  }
}

function budgetsAfter({ clear, byPeriod }: NonNullable<CapsGiven['budgets']>, before: CapsBefore): object[] {
  const after = new Map<string, object | null>()
  if (!clear)
    for (const { usd, period, thresholds } of before.budgets ?? []) after.set(period, { usd, period, thresholds })
  for (const [period, budget] of byPeriod)
    after.set(period, budget === null ? null : { ...after.get(period), ...budget })
  return [...after.values()].flatMap((budget) => budget ?? [])
}

/** One line each, for `keys get`. */
export function capFacts({ limits, budgets = [] }: CapsShown): [string, string][] {
  const words: [number | null | undefined, string][] = [
    [limits?.requestsPerMinute, 'requests a minute'],
    [limits?.tokensPerMinute, 'tokens a minute'],
    [limits?.concurrent, 'at the same time'],
    [limits?.streams, 'streams'],
  ]
  const said = words.flatMap(([count, word]) => (typeof count === 'number' ? [`${count} ${word}`] : []))
  if (limits?.detached === 'closed') said.push('closed without contact')
  return [
    ...(said.length === 0 ? [] : [['limits', said.join(', ')] satisfies [string, string]]),
    ...budgets.map(({ usd, period, spentUsd }): [string, string] => ['budget', `${spentUsd} of ${usd} USD, ${period}`]),
  ]
}
type CapsShown = {
  readonly limits?:
    | (Partial<Record<'requestsPerMinute' | 'tokensPerMinute' | 'concurrent' | 'streams', number | null>> & {
        readonly detached?: string | undefined
      })
    | undefined
  readonly budgets?: readonly { readonly usd: string; readonly period: string; readonly spentUsd: string }[] | undefined
}
