import { z } from 'zod'
import { BudgetPatch, budgetTargets, NewBudget, Period, TopUp } from '../budgets/schema.ts'
import { type ChangeOptions, changeOne } from './change-one.ts'
import { connect, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { changesOf, inputOf, present, yesOrNo } from './input.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { makeOne } from './make-one.ts'
import { memberIdOf } from './member-ids.ts'
import { asTyped } from './perform.ts'
import { printFailure, type Style } from './print.ts'
import { named, type Refs } from './refs.ts'
import type { Resource } from './resource.ts'
import { saved } from './save.ts'
import type { Terminal } from './terminal.ts'
import { type Given, isOneOf, pathTo } from './values.ts'
import { verbOne } from './verb-one.ts'

const BudgetFields = z.looseObject({
  id: z.string(),
  target: z.looseObject({ type: z.string(), id: z.string() }),
  usd: z.string(),
  period: z.string(),
  runningPeriod: z.string().optional(),
  thresholds: z.array(z.number()),
  spentUsd: z.string(),
  heldUsd: z.string(),
  leftUsd: z.string(),
  toppedUpUsd: z.string(),
  unreconciledUsd: z.string(),
  forecastUsd: z.string().nullable(),
  resetsAt: z.string().nullable(),
  frozen: z.boolean().optional(),
  crossed: z.array(z.looseObject({ percent: z.number(), at: z.string() })),
  createdAt: z.string(),
})
type BudgetFields = z.infer<typeof BudgetFields>

const about = ({ target: { type, id } }: BudgetFields, refs: Refs): string =>
  type === 'organization' ? 'organization' : `${type} ${named(id, refs)}`

export const budgets: Resource<BudgetFields> = {
  path: '/budgets',
  field: 'budget',
  item: BudgetFields,
  titleOf: ({ id }) => id,
  facts: (budget, refs) => [
    ['id', budget.id],
    ['of', about(budget, refs)],
    ['amount, USD', `${budget.usd} (${budget.period})`],
    ['topped up, USD', budget.toppedUpUsd],
    ['running period', budget.runningPeriod ?? budget.period],
    ['spent, USD', budget.spentUsd],
    ['of these unreconciled', budget.unreconciledUsd],
    ['held by gateways, USD', budget.heldUsd],
    ['left, USD', budget.leftUsd],
    ['forecast, USD', budget.forecastUsd ?? 'not yet'],
    ['reset at', budget.resetsAt ?? 'never'],
    ['tells at', budget.thresholds.map((percent) => `${percent} %`).join(', ') || 'nothing'],
    ['told', budget.crossed.map(({ percent, at }) => `${percent} % at ${at}`).join(', ') || 'nothing yet'],
    ['frozen', budget.frozen ? 'yes: nothing is given out' : 'no'],
    ['created', budget.createdAt],
  ],
  head: ['ID', 'OF', 'PERIOD', 'USD', 'SPENT', 'HELD', 'LEFT', 'RESET AT'],
  row: (budget, refs) => [
    budget.id,
    about(budget, refs),
    budget.period,
    budget.usd,
    budget.spentUsd,
    budget.heldUsd,
    budget.frozen ? 'frozen' : budget.leftUsd,
    budget.resetsAt ?? 'never',
  ],
}

const sentences = {
  usd: 'The amount must be USD such as 25 or 0.50: 4000000 at most, nine digits behind the point.',
  period: `--period must be one of ${Period.options.join(', ')}.`,
  thresholds: '--thresholds must be whole percentages from 1 to 100 with commas such as 50,80,100.',
  note: '--note must be 1 to 500 characters.',
  frozen: '--frozen must be yes or no.',
}

export type BudgetsCreateOptions = Style & {
  readonly usd?: string
  readonly period?: string
  readonly thresholds?: string
}

export function budgetsCreate(
  terminal: Terminal,
  type: string,
  id: string | undefined,
  { usd, period, thresholds, ...style }: BudgetsCreateOptions,
): Promise<Exit> {
  const fields = { target: present({ type, id }), usd, period, thresholds }
  return makeOne(terminal, { resource: budgets }, newBudget(type, id, fields), whomAs, style)
}

function newBudget(type: string, id: string | undefined, fields: object): Given<NewBudget> {
  if (!isOneOf(budgetTargets, type)) return wrongType(type)
  if (type !== 'organization' && id === undefined) return usage(`Say which ${type}: its id or slug comes after it.`)
  return inputOf(NewBudget, { ...fields }, sentences)
}

const wrongType = (type: string) => usage(`A budget is of one of these: ${budgetTargets.join(', ')}; not of "${type}".`)

/** People may be named by their e-mail addresses. */
const whomAs: Parameters<typeof makeOne<BudgetFields, NewBudget>>[3] = async (control, budget) => {
  const { type, id } = budget.target
  if (type !== 'member' || id === undefined) return { ok: true, value: budget }
  const member = await memberIdOf(control, id)
  return member.ok ? { ok: true, value: { ...budget, target: { type, id: member.value } } } : member
}

export type BudgetsListOptions = ListOptions & {
  readonly type?: string
  readonly target?: string
  readonly period?: string
}

export async function budgetsList(terminal: Terminal, options: BudgetsListOptions): Promise<Exit> {
  const { type, target, period } = options
  if (type !== undefined && !isOneOf(budgetTargets, type)) return printFailure(terminal, wrongType(type), options)
  if (period !== undefined && !isOneOf(Period.options, period))
    return printFailure(terminal, usage(sentences.period), options)
  return printList(terminal, budgets, options, filteredBy({ type, target, period }))
}

export type BudgetsUpdateOptions = ChangeOptions & {
  readonly usd?: string
  readonly thresholds?: string
  readonly frozen?: string
}

export function budgetsUpdate(terminal: Terminal, id: string, options: BudgetsUpdateOptions): Promise<Exit> {
  const frozen = yesOrNo('--frozen', options.frozen)
  const thresholds = options.thresholds === 'none' ? [] : options.thresholds
  const patch = frozen.ok
    ? changesOf(BudgetPatch, { usd: options.usd, thresholds, frozen: frozen.value }, sentences)
    : frozen
  return changeOne(terminal, { resource: budgets, id }, patch, asTyped, options)
}

export type BudgetsMoneyOptions = Style & { readonly wait?: string; readonly note?: string }

export const budgetsTopUp = (
  terminal: Terminal,
  id: string,
  usd: string,
  options: BudgetsMoneyOptions,
): Promise<Exit> =>
  verbOne(
    terminal,
    { resource: budgets, id },
    { path: 'top-up' },
    inputOf(TopUp, { usd, note: options.note }, { ...sentences, usd: `${sentences.usd} More than 0.` }),
    options,
  )

export const budgetsReset = (terminal: Terminal, id: string, options: BudgetsMoneyOptions): Promise<Exit> =>
  verbOne(
    terminal,
    { resource: budgets, id },
    { path: 'reset', aside: 'What was spent stays in the books of the period before.\n' },
    { ok: true, value: present({ note: options.note }) },
    options,
  )

const EntryFields = z.looseObject({
  at: z.string(),
  period: z.string(),
  kind: z.string(),
  from: z.string(),
  to: z.string(),
  usd: z.string(),
  request: z.string().nullable(),
  note: z.string().nullable(),
})

export type BudgetsEntriesOptions = ListOptions & {
  readonly period?: string
  readonly csv?: boolean
  readonly out?: string
}

/** Of the ledger: a page of it, or all of it as CSV, to stdout or into a new file. */
export async function budgetsEntries(terminal: Terminal, id: string, options: BudgetsEntriesOptions): Promise<Exit> {
  const { period, csv, out } = options
  const place = pathTo(budgets.path, id)
  if (!place.ok) return printFailure(terminal, place, options)
  if (!csv) {
    if (out !== undefined) return printFailure(terminal, usage('--out goes with --csv.'), options)
    return printList(terminal, { ...entries, path: `${place.value}/entries` }, options, filteredBy({ period }))
  }
  const control = connect(terminal)
  if ('ok' in control) return printFailure(terminal, control, options)
  const call = { method: 'GET', path: `${place.value}/entries.csv`, query: { period } } as const
  return saved(terminal, out, (take) => control.download(call, take), options)
}

/** Rows have no ids; what is quiet names the requests. */
const entries = {
  item: EntryFields.transform((entry) => ({ ...entry, id: entry.request ?? entry.at })),
  head: ['AT', 'PERIOD', 'KIND', 'FROM', 'TO', 'USD', 'REQUEST', 'NOTE'],
  row: ({ at, period, kind, from, to, usd, request, note }: z.infer<typeof EntryFields>) => [
    at,
    period,
    kind,
    from,
    to,
    usd,
    request ?? '-',
    note ?? '-',
  ],
}
