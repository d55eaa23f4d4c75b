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
  return ok([...models])
}

/** By id or alias, exactly as written; null: the provider has no such model. */
export const resolveModel = ({ models }: { readonly models: readonly Model[] }, name: string): Model | null =>
  models.find(({ id }) => id === name) ?? models.find(({ aliases }) => aliases?.includes(name)) ?? null
