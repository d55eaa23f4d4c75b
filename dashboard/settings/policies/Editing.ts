import { createContext, useContext } from 'react'
import type { Policies } from '../../../src/people/policies/schema.ts'
import type { Refusal } from '../../api.ts'
import { fieldError } from '../../ui/useChange.ts'
import { type Own, type Place, ruleAt, type Tiered, withoutRule, withRule } from './draft.ts'

/** The policies as they are being changed on the page, and the place that is looked at. */
export type Editing = {
  readonly draft: Policies
  readonly place: Place
  readonly refusal: Refusal | null
  readonly put: (draft: Policies) => void
}
export const EditingContext = createContext<Editing | null>(null)

export function useEditing(): Editing {
  const editing = useContext(EditingContext)
  if (editing === null) throw new Error('outside of the policies')
  return editing
}

/** A policy that a tier may say otherwise: at the place that is looked at. */
export function useRule<N extends Tiered>(name: N) {
  const { draft, place, refusal, put } = useEditing()
  const at = place === 'organization' ? '' : `/tiers/${place}`
  return {
    ...ruleAt(draft, place, name),
    error: fieldError(refusal, `${at}/${name}`),
    set: (value: Policies[N]) => put(withRule(draft, place, name, value)),
    inherit: () => put(withoutRule(draft, place, name)),
  }
}

/** One that the organization alone says. */
export function usePolicy<N extends Own>(name: N) {
  const { draft, refusal, put } = useEditing()
  return {
    value: draft[name],
    error: fieldError(refusal, `/${name}`),
    set: (value: Policies[N]) => put({ ...draft, [name]: value }),
  }
}
