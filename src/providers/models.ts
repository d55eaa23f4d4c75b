import { ok, type Problem, type Result, refuse } from '../problems.ts'
import type { Model } from './schema.ts'

/** Ids and aliases of one provider share one space: a name leads to one model, whoever reads the list in which order. */
export function planModels(models: readonly Model[]): Result<Model[]> {
  const errors: NonNullable<Problem['errors']>[number][] = []
  const holders = new Map<string, string>()
  const claim = (name: string, id: string, pointer: string): void => {
    const holder = holders.get(name)
    if (holder === undefined) holders.set(name, id)
    else errors.push({ pointer, detail: `leads to the model ${holder} already` })
  }
  models.forEach(({ id }, i) => {
    claim(id, id, `/models/${i}/id`)
  })
  models.forEach(({ id, aliases = [] }, i) => {
    aliases.forEach((alias, j) => {
      claim(alias, id, `/models/${i}/aliases/${j}`)
    })
  })
  if (errors.length > 0) return refuse('invalid', { detail: 'Some names of models are taken; see errors.', errors })
  const prices = models.flatMap((model, i) => problemsOfPrices(model, `/models/${i}`))
  if (prices.length > 0) return refuse('invalid', { detail: 'Some prices contradict; see errors.', errors: prices })
  return ok([...models])
}

/** At each instant at most one price begins. */
function problemsOfPrices({ price, prices = [] }: Model, pointer: string): { pointer: string; detail: string }[] {
  if (price !== undefined && prices.length > 0)
    return [{ pointer: `${pointer}/prices`, detail: 'does not go with price: give one of the two' }]
  const seen = new Set<number | null>()
  return prices.flatMap(({ from }, i) => {
    const at = from === undefined ? null : Date.parse(from)
    if (seen.has(at)) return [{ pointer: `${pointer}/prices/${i}/from`, detail: 'is the begin of another price, too' }]
    seen.add(at)
    return []
  })
}

/** By id or alias, exactly as written; null: the provider has no such model. */
export const resolveModel = ({ models }: { readonly models: readonly Model[] }, name: string): Model | null =>
  models.find(({ id }) => id === name) ?? models.find(({ aliases }) => aliases?.includes(name)) ?? null
