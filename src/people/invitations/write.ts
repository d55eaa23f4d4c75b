import { audited } from '../../audit/audited.ts'
import type { AuditAction } from '../../audit/schema.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import type { ChangeDeps } from '../deps.ts'
import type { Actor } from '../schema.ts'
import type { Member } from '../store.ts'
import type { NewLink } from './link.ts'
import { insertInvitation } from './store.ts'

export type By = { readonly actor: Actor; readonly requestId: string }
type WriteDeps = Pick<ChangeDeps, 'newId' | 'now'>

/** The invitation of a member who is there, or is written in the same unit. Answers its id. */
export async function writeInvitation(
  db: Db,
  deps: WriteDeps,
  by: By,
  member: Pick<Member, 'id' | 'name' | 'email' | 'role'>,
  link: NewLink,
): Promise<string> {
  const id = deps.newId('inv')
  const { email, role } = member
  const { codeHash, createdBy, expiresAt } = link
  const row = { id, memberId: member.id, email, role, createdAt: deps.now(), codeHash, createdBy, expiresAt }
  await insertInvitation(db, by.actor.organizationId, row)
  await tell(db, deps, by, member, { action: 'invitation.created', after: told(id, member, link) })
  return id
}

/** Nothing of the code, not even its hash. */
export const told = (
  id: string,
  { email, role }: Pick<Member, 'email' | 'role'>,
  { expiresAt }: Pick<NewLink, 'expiresAt'>,
) => ({ invitation: id, email, role, expiresAt: new Date(expiresAt).toISOString() })

type Told = { readonly action: AuditAction; readonly before?: object; readonly after?: object }

/** It is the person's own history, so the person is what the event is about. */
export const tell = (
  db: Db,
  deps: WriteDeps,
  { actor, requestId }: By,
  member: Pick<Member, 'id' | 'name'>,
  what: Told,
): Promise<void> =>
  insertEvent(db, actor.organizationId, {
    id: deps.newId('evt'),
    at: deps.now(),
    requestId,
    actor: audited(actor),
    subject: { kind: 'member', id: member.id, name: member.name },
    ...what,
  })
