import { presets } from '../presets.data.ts'
import type { Preset, Price } from '../schema.ts'
import { type ListedModel, periodsOf } from './periods.ts'

export type ListedProvider = { readonly id: string; readonly models: readonly ListedModel[] }

/** A price list of models as somebody else maintains it. What it says is checked before it counts. */
export type PriceSource = {
  /** Name and version, kept with each price. */
  readonly name: string
  readonly provider: (id: string) => ListedProvider | null
  /** By the address of its API. */
  readonly providerAt: (baseUrl: string) => ListedProvider | null
  readonly model: (providerId: string, model: string) => ListedModel | null
}

export type Place = { readonly preset: Preset | null; readonly baseUrl: string }
export type Known = {
  /** Empty: no price is known. Never free because of that. */
  readonly prices: readonly Price[]
  readonly contextTokens: number | null
}

export type PriceList = {
  readonly find: (place: Place, model: string) => Known
  /** Names of the models that a provider of this preset offers, as far as the list knows. */
  readonly catalogOf: (preset: Preset) => string[]
  /** What is wrong with it, as sentences; those models have no price. */
  readonly problems: () => string[]
}

const nothing: Known = { prices: [], contextTokens: null }
/** Far more than all models of all presets; names come from people, so that there may be any number. */
const remembered = 20_000
const mostModels = 1000

type Log = { readonly error: (fields: object, message: string) => void }

/** The list, asked once for each model of each provider. */
export function createPriceList(source: PriceSource): PriceList {
  const found = new Map<string, Known>()
  const find: PriceList['find'] = (place, model) => {
    const provider = listedAs(source, place)
    if (provider === null) return nothing
    const key = JSON.stringify([provider, model])
    const held = found.get(key)
    if (held) return held
    const known = lookUp(source, provider, model)
    if (found.size >= remembered) found.clear()
    found.set(key, known)
    return known
  }
  return {
    find,
    catalogOf: (preset) => catalogOf(source, preset, find),
    problems: () => problemsOf(source),
  }
}

/** At the start: an alarm, and no refusal to start, because what is broken is refused where it would be paid for. */
export function alarmAt(list: PriceList, source: Pick<PriceSource, 'name'>, log: Log): void {
  const problems = list.problems()
  if (problems.length === 0) return
  const fields = { source: source.name, broken: problems.length, problems: problems.slice(0, 20) }
  log.error(fields, 'the price list is broken: these models have no price until an organization gives them one')
}

/** Its name in the list: of a preset the preset's, else of whoever answers at that address. */
function listedAs(source: PriceSource, { preset, baseUrl }: Place): string | null {
  if (preset !== null) return presets[preset].listed
  return attempt(() => source.providerAt(baseUrl)?.id ?? null)
}

function lookUp(source: PriceSource, provider: string, model: string): Known {
  const listed = attempt(() => source.model(provider, model))
  if (listed === null) return nothing
  const { prices } = periodsOf(listed, source.name)
  return { prices: prices ?? [], contextTokens: windowOf(listed) }
}

const windowOf = ({ context_window: size }: ListedModel): number | null =>
  Number.isSafeInteger(size) && Number(size) > 0 ? Number(size) : null

function catalogOf(source: PriceSource, preset: Preset, find: PriceList['find']): string[] {
  const { listed, names, alsoNamed = [] } = presets[preset]
  if (listed === null || names === null) return []
  const models = attempt(() => source.provider(listed))?.models ?? []
  const priced = models.filter((model) => model.deprecated !== true && periodsOf(model, source.name).prices !== null)
  const own = priced.map(({ id }) => id)
  const dated = priced.flatMap(({ id, match }) => spelled(match).filter((name) => name.startsWith(`${id}-`)))
  const fitting = [...own, ...alsoNamed, ...dated].filter((name) => /^[\x21-\x7e]{1,128}$/.test(name))
  const place = { preset, baseUrl: '' }
  const known = fitting.filter((name) => names.test(name) && find(place, name).prices.length > 0)
  return [...new Set(known)].slice(0, mostModels)
}

/** Names that the list gives word by word. */
function spelled(match: unknown): string[] {
  if (typeof match !== 'object' || match === null) return []
  if ('equals' in match && typeof match.equals === 'string') return [match.equals]
  return 'or' in match && Array.isArray(match.or) ? match.or.flatMap(spelled) : []
}

function problemsOf(source: PriceSource): string[] {
  const problems: string[] = []
  const listed = new Set(Object.values(presets).flatMap(({ listed }) => listed ?? []))
  for (const id of listed) {
    const provider = attempt(() => source.provider(id))
    if (provider === null || provider.models.length === 0) problems.push(`${id}: the list has no such provider.`)
    for (const model of provider?.models ?? []) {
      const { problem } = periodsOf(model, source.name)
      if (problem !== null) problems.push(`${id}/${model.id}: ${problem}.`)
    }
  }
  return problems
}

/** A list that throws knows nothing. */
function attempt<T>(ask: () => T | null): T | null {
  try {
    return ask()
  } catch {
    return null
  }
}
