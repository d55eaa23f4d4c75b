import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type Asked, type ChangeDeps, writing } from '../deps.ts'
import { refuseLast, refuseTouching } from '../members/allowed.ts'
import { findPerson, findShown, type Person, updateMemberRow } from '../members/store.ts'
import { memberView } from '../members/view.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor, MemberView } from '../schema.ts'
import { depart, toldKeys } from './depart.ts'
import type { LeavingDeps } from './deps.ts'

type Deps = ChangeDeps & LeavingDeps
export type VerbAsked = Asked & { readonly reason?: string | undefined }
type Turned = { readonly member: MemberView; readonly keys: readonly string[]; readonly rowId: number }
type Answer = { readonly member: MemberView; readonly keys: readonly string[]; readonly effect: Effect }

/** M15: everything of his own ends in one transaction, and all of it can come back. Asked again it changes nothing. */
export const deactivateMember = (deps: Deps) =>
  turning(deps, async (db, actor, before, asked) => {
    const { organizationId } = actor
    if (before.state === 'deactivated') return turned(deps, db, organizationId, before, [])
    const refused = await refuseLast(db, organizationId, before, null)
    if (refused) return refused
    const at = deps.now()
    const happening = { at, actor: audited(actor), requestId: asked.requestId, reason: asked.reason }
    const departed = await depart(deps, db, organizationId, { before, state: 'deactivated' }, happening)
    if (!departed.ok) return departed
    const { after, keys } = departed.value
    await tell(deps, db, actor, asked, { action: 'member.deactivated', before, after, keys })
    return turned(deps, db, organizationId, after, keys)
  })

/** What was suspended because he left comes back, and nothing else: sessions and links have ended for good. */
export const activateMember = (deps: Deps) =>
  turning(deps, async (db, actor, before, asked) => {
    const { organizationId } = actor
    if (before.state === 'active') return turned(deps, db, organizationId, before, [])
    const after: Person = { ...before, state: 'active', deactivatedAt: null, revision: before.revision + 1 }
    if (!(await updateMemberRow(db, organizationId, after, after))) return refuse('stale')
    const happening = { at: deps.now(), actor: audited(actor), requestId: asked.requestId, reason: asked.reason }
    const keys = await deps.leaving.resumeKeys(db, organizationId, before.id, happening)
    await tell(deps, db, actor, asked, { action: 'member.activated', before, after, keys })
    return turned(deps, db, organizationId, after, keys)
  })

type Work = (db: Db, actor: Actor, before: Person, asked: VerbAsked) => Promise<Result<Turned>>

const turning =
  (deps: Deps, work: Work) =>
  async (actor: Actor, asked: VerbAsked): Promise<Result<Answer>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<Turned>> => {
      await holdPeople(db, organizationId)
      const before = await findPerson(db, organizationId, asked.id)
      if (!before || before.state === 'removed') return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      return refuseTouching(actor, before) ?? work(db, actor, before, asked)
    }
    const done = await untilCurrent(asked.ifMatch, () => writing(deps, actor)(change))
    if (!done.ok) return done
    const { rowId, ...answer } = done.value
    return ok({ ...answer, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }

/** Announced even when it stood so before: the news is a pointer, and its way to the gateways is the effect. */
async function turned(
  deps: Pick<Deps, 'now'>,
  db: Db,
  organizationId: string,
  { id }: Person,
  keys: readonly string[],
): Promise<Result<Turned>> {
  const rowId = await announce(db, organizationId, { kind: 'member', id, at: deps.now() })
  const shown = await findShown(db, organizationId, id)
  if (!shown) throw new Error('a member is not there right after he was written')
  return ok({ member: memberView(shown), keys, rowId })
}

type Told = {
  readonly action: 'member.deactivated' | 'member.activated'
  readonly before: Person
  readonly after: Person
  readonly keys: readonly string[]
}

const tell = (deps: Deps, db: Db, actor: Actor, { requestId, reason }: VerbAsked, told: Told): Promise<void> =>
  insertEvent(db, actor.organizationId, {
    id: deps.newId('evt'),
    at: deps.now(),
    requestId,
    actor: audited(actor),
    action: told.action,
    subject: { kind: 'member', id: told.after.id, name: told.after.name },
    before: { state: told.before.state },
    after: { state: told.after.state, ...toldKeys(told.keys), ...(reason?.trim() ? { reason } : {}) },
  })
