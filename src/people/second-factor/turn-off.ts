import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { refuseTouching } from '../members/allowed.ts'
import type { Actor } from '../schema.ts'
import { endSessionsOf } from '../sessions/store.ts'
import { findMember, type Member } from '../store.ts'
import type { TellDeps } from '../tell.ts'
import { isFactorOfRole } from './asked.ts'
import { addresseeOf, tellFactor } from './letters.ts'
import { type AskedFrom, type ProveDeps, stepUp } from './prove.ts'
import type { StepUp } from './schema.ts'
import { dropRecoveryCodes, forgetFactorShown, removeFactor } from './store.ts'

type Doer = Pick<Actor, 'kind' | 'memberId' | 'name' | 'address'>
type Off = { readonly by: Doer; readonly requestId: string }

const none = 'There is no second factor here.'
const required = 'The policy secondFactorRoles asks for a second factor of your role. Set up another one instead.'

/** One's own. */
export const turnOff =
  (deps: ProveDeps & Pick<ChangeDeps, 'transaction'>) =>
  async (actor: Actor, proof: StepUp, asked: AskedFrom): Promise<Result<Record<string, never>>> => {
    const { organizationId, memberId } = actor
    const refuseRequired = async (db: Db) =>
      (await isFactorOfRole(db, organizationId, actor.role)) ? refuse('policy_refused', { detail: required }) : null
    // Before a code is used up in vain, and once more with the change.
    const refused = await deps.read(organizationId, refuseRequired)
    if (refused) return refused
    const proved = await stepUp(deps)(actor, proof, asked)
    if (!proved.ok) return proved
    const done = await deps.transaction(organizationId, async (db) => {
      const late = await refuseRequired(db)
      const member = late ? null : await findMember(db, organizationId, memberId)
      if (!member) return late ?? refuse('not_found')
      const by = { by: actor, requestId: asked.requestId }
      if (!(await dropFactor(deps, db, organizationId, member, by))) return refuse('not_found', { detail: none })
      return ok(await addresseeOf(db, organizationId, memberId))
    })
    if (!done.ok) return done
    tellFactor(deps, done.value, 'off')
    return ok({})
  }

/** Of somebody who has lost his; he signs in anew, and where the policy asks for one he sets it up then. */
export const turnOffOf =
  (deps: TellDeps & Pick<ChangeDeps, 'transaction' | 'now' | 'newId'>) =>
  async (actor: Actor, id: string, requestId: string): Promise<Result<Record<string, never>>> => {
    const { organizationId } = actor
    const done = await deps.transaction(organizationId, async (db) => {
      const member = await findMember(db, organizationId, id)
      if (!member) return refuse('not_found')
      const refused = member.id === actor.memberId ? refuse('not_permitted', { detail: own }) : null
      const touching = refused ?? refuseTouching(actor, member)
      if (touching) return touching
      const off = { by: actor, requestId }
      if (!(await dropFactor(deps, db, organizationId, member, off))) return refuse('not_found', { detail: none })
      await endSessionsOf(db, organizationId, member.id, { at: deps.now(), why: 'second factor switched off' })
      return ok(await addresseeOf(db, organizationId, member.id))
    })
    if (!done.ok) return done
    tellFactor(deps, done.value, 'off')
    return ok({})
  }

const own = 'Your own second factor you switch off with DELETE /api/v1/me/second-factor, or another owner does it.'

/** False where there was none. */
export async function dropFactor(
  deps: Pick<ChangeDeps, 'now' | 'newId'>,
  db: Db,
  organizationId: string,
  member: Pick<Member, 'id' | 'name'>,
  { by, requestId }: Off,
): Promise<boolean> {
  const had = await removeFactor(db, organizationId, member.id)
  await dropRecoveryCodes(db, organizationId, member.id)
  if (!had) return false
  await forgetFactorShown(db, organizationId, member.id)
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at: deps.now(),
    requestId,
    actor: audited(by),
    action: 'second-factor.disabled',
    subject: { kind: 'member', id: member.id, name: member.name },
    before: { state: 'on' },
    after: { state: 'off' },
  })
  return true
}
