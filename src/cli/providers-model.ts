import { Model, ModelPrice } from '../providers/schema.ts'
import { type Change, type ChangeOptions, changeOne } from './change-one.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, present, yesOrNo } from './input.ts'
import { wholeNumber } from './key-options.ts'
import { asTyped } from './perform.ts'
import { type ProviderFields, providers } from './provider-facts.ts'
import type { Terminal } from './terminal.ts'
import { byComma, type Given } from './values.ts'

export type ProvidersModelOptions = ChangeOptions & {
  readonly input?: string
  readonly output?: string
  readonly cachedInput?: string
  readonly cacheWrite?: string
  readonly reasoning?: string
  readonly perCall?: string
  readonly from?: string
  /** False: it goes. */
  readonly price?: boolean
  readonly aliases?: string
  readonly fallbacks?: string
  readonly maxOutput?: string
  readonly context?: string
  readonly thinks?: string
}

export const providersModel = async (
  terminal: Terminal,
  id: string,
  model: string,
  options: ProvidersModelOptions,
): Promise<Exit> => changeOne(terminal, { resource: providers, id }, changesIn(model, options), asTyped, options)

type Held = Readonly<Record<string, unknown>> & { readonly id: string }

/** Undefined: stays; null: goes. */
type Wish = { readonly fields: Readonly<Record<string, unknown>>; readonly price: ModelPrice | null | undefined }

function changesIn(id: string, options: ProvidersModelOptions): Given<Change<ProviderFields>> {
  const wish = wishIn(id, options)
  if (!wish.ok) return wish
  const change: Change<ProviderFields> = ({ item }) => {
    const isThere = item.models.some((model) => model.id === id)
    const all: Held[] = isThere ? item.models : [...item.models, { id }]
    return { ok: true, value: { models: all.map((model) => (model.id === id ? changed(model, wish.value) : model)) } }
  }
  return { ok: true, value: change }
}

function wishIn(id: string, options: ProvidersModelOptions): Given<Wish> {
  const price = priceIn(options)
  if (!price.ok) return price
  const maxOutputTokens = wholeNumber(options.maxOutput, wrongTokens('--max-output'))
  if (!maxOutputTokens.ok) return maxOutputTokens
  const contextTokens = wholeNumber(options.context, wrongTokens('--context'))
  if (!contextTokens.ok) return contextTokens
  const reasoning = yesOrNo('--thinks', options.thinks)
  if (!reasoning.ok) return reasoning
  const fields = present({
    aliases: listOf(options.aliases),
    fallbacks: listOf(options.fallbacks),
    maxOutputTokens: maxOutputTokens.value,
    contextTokens: contextTokens.value,
    reasoning: reasoning.value,
  })
  if (Object.keys(fields).length === 0 && price.value === undefined)
    return usage('Nothing to change was given; --help names what can be.')
  const read = inputOf(Model, { id, ...fields }, modelSentences)
  return read.ok ? { ok: true, value: { fields, price: price.value } } : read
}

const listOf = (text: string | undefined): string[] | undefined =>
  text === undefined ? undefined : text === 'none' ? [] : byComma(text)

const wrongTokens = (flag: string): string => `${flag} must be a whole number of tokens, 1 or more.`
const modelSentences = {
  id: 'The <model> must be 1 to 128 visible ASCII characters.',
  aliases: '--aliases must be up to 32 names by comma, or none.',
  fallbacks: '--fallbacks must be up to 5 of provider/model by comma, or none.',
  maxOutputTokens: wrongTokens('--max-output'),
  contextTokens: wrongTokens('--context'),
}

function priceIn(options: ProvidersModelOptions): Given<ModelPrice | null | undefined> {
  const { input, output, cachedInput, cacheWrite, reasoning, perCall, from } = options
  const others = [cachedInput, cacheWrite, reasoning, perCall, from].some((text) => text !== undefined)
  if (options.price === false) {
    const isAlone = input === undefined && output === undefined && !others
    return isAlone
      ? { ok: true, value: null }
      : usage('--no-price takes the price away; it does not go with a new one.')
  }
  if (input === undefined && output === undefined)
    return others ? usage('A price needs --input and --output.') : { ok: true, value: undefined }
  if (input === undefined || output === undefined) return usage('--input and --output go together.')
  const fields = {
    from,
    inputPerMillion: input,
    outputPerMillion: output,
    cachedInputPerMillion: cachedInput,
    cacheWritePerMillion: cacheWrite,
    reasoningPerMillion: reasoning,
    perCall,
  }
  return inputOf(ModelPrice, fields, priceSentences)
}

const wrongUsd = (flag: string): string => `${flag} must be an amount in USD such as 2.50.`
const priceSentences = {
  from: '--from must be a time in UTC like 2027-01-31T00:00:00Z.',
  inputPerMillion: wrongUsd('--input'),
  outputPerMillion: wrongUsd('--output'),
  cachedInputPerMillion: wrongUsd('--cached-input'),
  cacheWritePerMillion: wrongUsd('--cache-write'),
  reasoningPerMillion: wrongUsd('--reasoning'),
  perCall: wrongUsd('--per-call'),
}

function changed({ price, prices, ...model }: Held, { fields, price: wanted }: Wish): object {
  const held = Array.isArray(prices) ? prices : price === undefined ? [] : [price]
  const before = present({ price, prices })
  if (wanted === undefined) return { ...model, ...before, ...fields }
  if (wanted === null) return { ...model, ...fields }
  // Without a time it is the only one; with one it stands beside those that begin at other times.
  const others = wanted.from === undefined ? [] : held.filter((one) => beginOf(one) !== wanted.from)
  const after = others.length === 0 ? { price: wanted } : { prices: [...others, wanted] }
  return { ...model, ...after, ...fields }
}

const beginOf = (price: unknown): unknown =>
  typeof price === 'object' && price !== null && 'from' in price ? price.from : undefined
