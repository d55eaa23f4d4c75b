import { audited } from '../audit/audited.ts'
import type { AuditAction } from '../audit/schema.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import type { LimitDeps } from './deps.ts'
import { limitsIn } from './of-key/merge.ts'
import { type KeyLimits, type LimitView, type measures, poolOf, type Target } from './schema.ts'
import { seatsTakenOf, usedOf } from './slices/store.ts'
import type { Limit } from './store.ts'
import { refsOf } from './target.ts'

export type Shown = { readonly limit: LimitView; readonly refs: Refs }

/** With how much of the running minute of the store is given away. */
export async function shown(
  deps: LimitDeps,
  db: Db,
  organizationId: string,
  limits: readonly Limit[],
): Promise<{ readonly limits: LimitView[]; readonly refs: Refs }> {
  const minute = Math.floor((await deps.storeTime(db)) / 60_000)
  const poolsOf = (some: readonly (typeof measures)[number][]) =>
    limits.flatMap(({ id }) => some.map((measure) => poolOf(id, measure)))
  const used = await usedOf(db, organizationId, poolsOf(['requests', 'tokens']), minute)
  const taken = await seatsTakenOf(db, organizationId, poolsOf(['concurrent', 'streams']))
  const usedIn = (pool: string): number => used.get(pool) ?? taken.get(pool) ?? 0
  const targets = limits.map(({ target }) => target)
  return {
    limits: limits.map((limit) => viewOf(limit, usedIn)),
    refs: await refsOf(deps, db, organizationId, targets),
  }
}

export async function shownOne(deps: LimitDeps, db: Db, limit: Limit): Promise<Shown> {
  const { limits, refs } = await shown(deps, db, limit.organizationId, [limit])
  const [view] = limits
  if (view === undefined) throw new Error(`Limit ${limit.id} has no view`)
  return { limit: view, refs }
}

function viewOf(limit: Limit, usedIn: (pool: string) => number): LimitView {
  const standing = (measure: (typeof measures)[number], most: number | null) =>
    most === null ? null : { used: usedIn(poolOf(limit.id, measure)), limit: most }
  return {
    id: limit.id,
    target: limit.target,
    ...limitsIn(limit),
    now: {
      requests: standing('requests', limit.requestsPerMinute),
      tokens: standing('tokens', limit.tokensPerMinute),
      concurrent: standing('concurrent', limit.concurrent),
      streams: standing('streams', limit.streams),
    },
    createdAt: new Date(limit.createdAt).toISOString(),
    revision: limit.revision,
  }
}

type Happened = {
  readonly action: Extract<AuditAction, `limit.${string}`>
  readonly before?: Limit
  readonly after?: Limit
}

/** Audit event and news of one change, beside its row; answers the row of the news. */
export async function recordChange(
  deps: Pick<LimitDeps, 'newId' | 'now'>,
  db: Db,
  { actor, requestId }: { readonly actor: Actor; readonly requestId: string },
  { id, target }: Limit,
  { action, before, after }: Happened,
): Promise<number> {
  const at = deps.now()
  await insertEvent(db, actor.organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action,
    subject: { kind: 'limit', id, name: nameOf(target) },
    ...(before && { before: saidOf(before) }),
    ...(after && { after: saidOf(after) }),
  })
  return announce(db, actor.organizationId, { kind: 'limit', id, at })
}

const nameOf = ({ type, id, name }: Target): string => (name === null ? `${type} ${id}` : `${type} ${name} of ${id}`)
const saidOf = (limit: Limit): KeyLimits & { readonly target: Target } => ({
  target: limit.target,
  ...limitsIn(limit),
})
