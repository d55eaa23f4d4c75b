import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type Asked, type ChangeDeps, type Elsewhere, writing } from '../deps.ts'
import { depart, toldKeys } from '../leaving/depart.ts'
import type { LeavingDeps } from '../leaving/deps.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor, MemberView } from '../schema.ts'
import type { Member } from '../store.ts'
import { leaveTeams } from '../teams/store.ts'
import { refuseLast, refuseTouching } from './allowed.ts'
import { findShown, type Standing } from './store.ts'
import { memberView } from './view.ts'

type Removed = { readonly before: Member & Standing; readonly rowId: number }

/**
 * The row stays, because keys, apps and events speak of him. What was his own is switched off as when he is deactivated,
 * and can still be handed on; he does not come back.
 */
export const removeMember =
  (deps: ChangeDeps & LeavingDeps & Pick<Elsewhere, 'leaveCatalogs' | 'dropCapsOf'>) =>
  async (actor: Actor, asked: Asked): Promise<Result<{ member: MemberView; effect: Effect }>> => {
    const { organizationId } = actor
    const remove = async (db: Db): Promise<Result<Removed>> => {
      await holdPeople(db, organizationId)
      const before = await findShown(db, organizationId, asked.id)
      if (!before) return refuse('not_found')
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const refused = refuseTouching(actor, before) ?? (await refuseLast(db, organizationId, before, null))
      if (refused) return refused
      const at = deps.now()
      const happening = { at, actor: audited(actor), requestId: asked.requestId }
      const departed = await depart(deps, db, organizationId, { before, state: 'removed' }, happening)
      if (!departed.ok) return departed
      const teams = await leaveTeams(db, organizationId, before.id)
      for (const id of teams) await announce(db, organizationId, { kind: 'team', id, at })
      const catalogs = await deps.leaveCatalogs(db, organizationId, before.id, at)
      await deps.dropCapsOf?.member(db, organizationId, before.id, at)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'member.removed',
        subject: { kind: 'member', id: before.id, name: before.name },
        before: { ...memberView(before), teams, catalogs },
        after: toldKeys(departed.value.keys),
      })
      return ok({ before, rowId: await announce(db, organizationId, { kind: 'member', id: before.id, at }) })
    }
    const done = await untilCurrent(asked.ifMatch, () => writing(deps, actor)(remove))
    if (!done.ok) return done
    const { before, rowId } = done.value
    return ok({ member: memberView(before), effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }
