import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import { isUniqueViolation } from '../../db/violation.ts'
import { settleMs } from '../../http/lists.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import type { Actor, MemberView, NewMember } from '../schema.ts'
import { insertMember, type Member } from '../store.ts'
import { refuseRole } from './allowed.ts'
import { memberView } from './view.ts'

export const createMember =
  (deps: ChangeDeps) =>
  async (actor: Actor, input: NewMember, requestId: string): Promise<Result<{ member: MemberView }>> => {
    const role = input.role ?? 'member'
    const refused = refuseRole(actor, role)
    if (refused) return refused
    const { organizationId } = actor
    const { email } = input
    const name = input.name ?? nameFrom(email)
    const createdAt = deps.now()
    const member: Member = { id: deps.newId('mem'), email, name, role, isOperator: false, createdAt, revision: 1 }
    const write = () =>
      deps.transaction(organizationId, async (db) => {
        await insertMember(db, organizationId, member)
        await insertEvent(db, organizationId, {
          id: deps.newId('evt'),
          at: createdAt,
          requestId,
          actor: audited(actor),
          action: 'member.created',
          subject: { kind: 'member', id: member.id, name },
          after: memberView(member),
        })
        return ok(await announce(db, organizationId, { kind: 'member', id: member.id, at: createdAt }))
      })
    const written = await uniqueEmail(write)
    if (!written.ok) return written
    await deps.effectOf(organizationId, written.value, settleMs)
    return ok({ member: memberView(member) })
  }

/** The address, since what stands before the @ may be anybody's name. */
export const nameFrom = (email: string): string => email.slice(0, 120)

/** The index says it, so that of two who add one address at the same time only one does. */
async function uniqueEmail<T>(write: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await write()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    const errors = [{ pointer: '/email', detail: 'is a member already' }]
    return refuse('invalid', { detail: 'Somebody with this address is a member already.', errors })
  }
}
