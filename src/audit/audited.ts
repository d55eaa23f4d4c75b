import type { Actor } from '../people/schema.ts'
import type { Doer } from './store.ts'

/** The actor as the audit log names him. Who used the bootstrap token is known only as that. */
export const audited = (actor: Pick<Actor, 'kind' | 'memberId' | 'name' | 'address'>): Doer => ({
  kind: actor.kind,
  id: actor.kind === 'bootstrap' ? 'bootstrap' : actor.memberId,
  name: actor.name,
  address: actor.address ?? null,
})
