import type { Actor } from './schema.ts'

/** The actor as the audit log names him. Who used the bootstrap token is known only as that. */
export const audited = (actor: Actor): { kind: string; id: string; name: string } => ({
  kind: actor.kind,
  id: actor.kind === 'bootstrap' ? 'bootstrap' : actor.memberId,
  name: actor.name,
})
