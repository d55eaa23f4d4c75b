import type { Vault } from '../credentials/vault.ts'
import type { Database } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Actor } from '../people/schema.ts'

/** What the verbs of this folder use; control's composition root supplies it. */
export type ServerDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly vault: Pick<Vault, 'storeStatic' | 'encryptText'>
  readonly newId: (prefix: string) => string
  readonly now: () => number
  readonly effectOf: (organizationId: string, rowId: number, waitMs: number) => Promise<Effect>
}

/** Who did it, as the audit log names him. */
export const auditedActor = (actor: Actor): { kind: string; id: string; name: string } => ({
  kind: actor.kind,
  id: actor.kind === 'bootstrap' ? 'bootstrap' : actor.memberId,
  name: actor.name,
})
