import { catalogForm, type Form, policiesForm, projectForm, providerForm, serverForm, teamForm } from './forms.ts'
import { titleOf } from './load.ts'
import type { Names } from './names.ts'
import type { Kind } from './schema.ts'
import type { State } from './state.ts'

/** One thing as control has it. */
export type Held = {
  readonly kind: Kind
  readonly slug: string
  readonly id: string
  readonly revision: number
  readonly managedBy: string | null
  readonly form: Form
  readonly isJoinedByNew: boolean
}

export function heldIn(state: State, names: Names): ReadonlyMap<string, Held> {
  const held = new Map<string, Held>()
  const add = (kind: Kind, one: Omit<Held, 'kind' | 'form' | 'isJoinedByNew'>, form: Form, isJoinedByNew = false) => {
    const { slug, id, revision, managedBy } = one
    held.set(titleOf({ kind, slug }), { kind, slug, id, revision, managedBy, form, isJoinedByNew })
  }
  for (const one of state.project) add('project', one, projectForm(one))
  for (const one of state.server) add('server', one, serverForm(one, names))
  for (const one of state.provider) add('provider', one, providerForm(one, names))
  for (const one of state.team) add('team', one, teamForm(one, names))
  for (const one of state.catalog) add('catalog', one, catalogForm(one, names), one.joinedByNew)
  add('policies', { ...state.policies, slug: 'policies' }, policiesForm(state.policies, names))
  return held
}
