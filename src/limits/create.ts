import { audited } from '../audit/audited.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { recordChange, type Shown, shownOne } from './answer.ts'
import type { LimitDeps } from './deps.ts'
import { mergedLimits } from './of-key/merge.ts'
import { defaultKeyLimits, type KeyLimits, type NewLimit, type TargetType } from './schema.ts'
import { insertLimits, type Limit } from './store.ts'
import { targetOf, wrong } from './target.ts'

/** One for each target. */
export const createLimit =
  (deps: LimitDeps) =>
  async (actor: Actor, { target: asked, ...said }: NewLimit, requestId: string): Promise<Result<Shown>> => {
    const { organizationId } = actor
    const create = async (db: Db): Promise<Result<Shown & { rowId: number }>> => {
      const target = await targetOf(deps, db, organizationId, asked)
      if (!target.ok) return target
      const limits = mergedLimits(asked.type === 'key' ? defaultKeyLimits : noLimits, said)
      if (limitsNothing(asked.type, limits)) return wrong('/requestsPerMinute', 'this or another number must be given')
      const limit: Limit = {
        organizationId,
        id: deps.newId('lim'),
        target: target.value,
        ...limits,
        state: 'active',
        createdAt: deps.now(),
        createdBy: audited(actor).id,
        revision: 1,
      }
      if ((await insertLimits(db, organizationId, [limit])) === 0) return refuse('cap_exists', { detail: exists })
      const rowId = await recordChange(deps, db, { actor, requestId }, limit, { action: 'limit.created', after: limit })
      return ok({ ...(await shownOne(deps, db, limit)), rowId })
    }
    const done = await untilCurrent(null, () => deps.transaction(organizationId, create))
    if (!done.ok) return done
    const { rowId, ...answer } = done.value
    await deps.effectOf(organizationId, rowId, settleMs)
    return ok(answer)
  }

const exists = 'There is a limit of that target already: change it with PATCH.'
const noLimits: KeyLimits = { ...defaultKeyLimits, streams: null }

/** Of a key it says that even the streams are not limited; of anything else it says nothing. */
export const limitsNothing = (type: TargetType, limits: KeyLimits): boolean =>
  type !== 'key' &&
  limits.requestsPerMinute === null &&
  limits.tokensPerMinute === null &&
  limits.concurrent === null &&
  limits.streams === null
