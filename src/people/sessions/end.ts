import { audited } from '../../audit/audited.ts'
import { type Doer, insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type ChangeDeps, writing } from '../deps.ts'
import { reachOf } from '../may.ts'
import { refuseTouching } from '../members/allowed.ts'
import type { Actor } from '../schema.ts'
import { findFormerMember, findMember } from '../store.ts'
import type { SessionView } from './schema.ts'
import { type End, endSession, endSessionsOf, findSession, type Session } from './store.ts'
import { sessionView } from './view.ts'

export type EndDeps = Pick<ChangeDeps, 'newId' | 'now'>
type Ending = End & { readonly doer: Doer; readonly name: string; readonly requestId: string }

/** Nothing when it had ended already. */
export async function endOne(deps: EndDeps, db: Db, session: Session, ending: Ending): Promise<void> {
  const { organizationId, id } = session
  const { at, why, doer, name, requestId } = ending
  if (!(await endSession(db, organizationId, id, { at, why }))) return
  await insertEvent(db, organizationId, {
    ...{ id: deps.newId('evt'), at, requestId, actor: doer, action: 'session.ended' },
    subject: { kind: 'session', id, name },
    before: { endedAt: null },
    after: { endedAt: new Date(at).toISOString(), why, member: session.memberId },
  })
}

type Whose = { readonly organizationId: string; readonly memberId: string; readonly except?: string | undefined }

/** Every browser of a person, or all but one; answers how many there were. */
export async function endAll(deps: EndDeps, db: Db, whose: Whose, ending: Ending): Promise<number> {
  const { organizationId, memberId, except } = whose
  const { at, why, doer, name, requestId } = ending
  const kept = except === undefined ? {} : { except }
  const sessions = await endSessionsOf(db, organizationId, memberId, { at, why, ...kept })
  if (sessions > 0)
    await insertEvent(db, organizationId, {
      ...{ id: deps.newId('evt'), at, requestId, actor: doer, action: 'session.ended' },
      subject: { kind: 'member', id: memberId, name },
      after: { sessions, why },
    })
  return sessions
}

type Deps = EndDeps & Pick<ChangeDeps, 'transaction' | 'system'>
type Asked = { readonly id: string; readonly requestId: string }

const isOwnOnly = (actor: Actor): boolean => reachOf(actor.role, 'sessions:write') === 'own'

/** His own, or that of somebody who may do less; the same answer again for one that has ended. */
export const endSessionById =
  (deps: Deps) =>
  (actor: Actor, { id, requestId }: Asked): Promise<Result<{ session: SessionView }>> =>
    writing(
      deps,
      actor,
    )(async (db) => {
      const { organizationId } = actor
      const session = await findSession(db, organizationId, id)
      const member = session && (await findFormerMember(db, organizationId, session.memberId))
      // B22: to a member, somebody else's session does not exist.
      if (!session || !member || (isOwnOnly(actor) && member.id !== actor.memberId)) return refuse('not_found')
      const refused = refuseTouching(actor, member)
      if (refused) return refused
      const ending = { at: deps.now(), why: 'ended', doer: audited(actor), name: member.name, requestId }
      await endOne(deps, db, session, ending)
      const endedAt = session.endedAt ?? ending.at
      return ok({ session: sessionView({ ...session, endedAt }, actor.session?.id ?? null) })
    })

/** Every browser of a person, also the one that asks. */
export const endSessionsOfMember =
  (deps: Deps) =>
  (actor: Actor, { id, requestId }: Asked): Promise<Result<{ ended: number }>> =>
    writing(
      deps,
      actor,
    )(async (db) => {
      const { organizationId } = actor
      const member = await findMember(db, organizationId, id)
      if (!member || (isOwnOnly(actor) && member.id !== actor.memberId)) return refuse('not_found')
      const refused = refuseTouching(actor, member)
      if (refused) return refused
      const ending = { at: deps.now(), why: 'ended', doer: audited(actor), name: member.name, requestId }
      return ok({ ended: await endAll(deps, db, { organizationId, memberId: member.id }, ending) })
    })
