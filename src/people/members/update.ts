import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type Asked, type ChangeDeps, type Elsewhere, writing } from '../deps.ts'
import { mayActFor } from '../may.ts'
import { holdPeople } from '../organizations/store.ts'
import { voidPassword, whoKnowsPassword } from '../passwords/store.ts'
import type { Actor, MemberPatch, MemberView } from '../schema.ts'
import { endAll } from '../sessions/end.ts'
import { findMember, type Member } from '../store.ts'
import { refuseLast, refusePatch } from './allowed.ts'
import { nameFrom } from './create.ts'
import { findShown, type Standing, updateMemberRow } from './store.ts'
import { memberView } from './view.ts'

type Shown = Member & Standing
type Changed = { readonly after: Shown; readonly rowId: number }

export const updateMember =
  (deps: ChangeDeps & Pick<Elsewhere, 'renameOwner'>) =>
  async (actor: Actor, asked: Asked, patch: MemberPatch): Promise<Result<{ member: MemberView; effect: Effect }>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<Changed>> => {
      await holdPeople(db, organizationId)
      const before = await findShown(db, organizationId, asked.id)
      if (!before) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const after = patched(before, patch)
      // Who is deactivated counts as nobody's owner already.
      const isCounted = before.state === 'active'
      const refused =
        refusePatch(actor, before, patch) ?? (isCounted ? await refuseLast(db, organizationId, before, after) : null)
      if (refused) return refused
      if (!(await updateMemberRow(db, organizationId, after))) return refuse('stale')
      if (after.name !== before.name) await deps.renameOwner(db, organizationId, after.id, after.name)
      const at = deps.now()
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'member.updated',
        subject: { kind: 'member', id: after.id, name: after.name },
        before: memberView(before),
        after: memberView(after),
      })
      if (rises(before, after)) await startAnew(deps, db, actor, after, { at, requestId: asked.requestId })
      return ok({ after, rowId: await announce(db, organizationId, { kind: 'member', id: after.id, at }) })
    }
    const done = await untilCurrent(asked.ifMatch, () => writing(deps, actor)(change))
    if (!done.ok) return done
    const { after, rowId } = done.value
    return ok({ member: memberView(after), effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }

type When = { readonly at: number; readonly requestId: string }

/**
 * Whoever could act for him until now may hold a session of his or know his password, and must not rise with it. A
 * password stays where whoever knows it may act for what he is now.
 */
async function startAnew(
  deps: Pick<ChangeDeps, 'newId' | 'now'>,
  db: Db,
  actor: Actor,
  { id: memberId, name, role, isOperator }: Member,
  { at, requestId }: When,
): Promise<void> {
  const { organizationId } = actor
  const ending = { at, why: 'risen', doer: audited(actor), name, requestId }
  await endAll(deps, db, { organizationId, memberId, except: actor.session?.id }, ending)
  const knownTo = await whoKnowsPassword(db, organizationId, memberId)
  const knower = knownTo === null ? null : await findMember(db, organizationId, knownTo)
  const mayAct = knower !== null && mayActFor(knower.role, role) && (knower.isOperator || !isOperator)
  if (knownTo === null || mayAct) return
  await voidPassword(db, organizationId, memberId)
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'password.set',
    subject: { kind: 'member', id: memberId, name },
    after: { by: 'nobody', why: 'risen', knownTo },
  })
}

const rises = (before: Member, after: Member): boolean =>
  (after.role === 'owner' && before.role !== 'owner') || (after.isOperator && !before.isOperator)

const patched = (before: Shown, { name, role, operator }: MemberPatch): Shown => ({
  ...before,
  // The first owner of an installation has no address.
  name: name === null ? nameFrom(before.email) || before.name : (name ?? before.name),
  role: role === undefined ? before.role : (role ?? 'member'),
  isOperator: operator === undefined ? before.isOperator : (operator ?? false),
  revision: before.revision + 1,
})
