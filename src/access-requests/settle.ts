import { audited } from '../audit/audited.ts'
import type { AuditAction } from '../audit/schema.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { knownForm } from '../http/lists.ts'
import { reachOf } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { AccessRequestDeps, Asked } from './deps.ts'
import { recordEvent } from './event.ts'
import { type AccessRequest, holdRequest, writeRequest } from './store.ts'
import { shown } from './view.ts'

export type Settled = ReturnType<typeof shown> & { readonly effect?: Effect }

type Verb = {
  readonly action: Extract<AuditAction, `access-request.${string}`>
  /** What it is then, and the row of the change that gateways have to hear of. Whatever is refused has written nothing. */
  readonly apply: (db: Db, held: AccessRequest) => Promise<Result<Next>>
}
export type Next = { readonly after: Omit<AccessRequest, 'revision'>; readonly rowId: number | null }

/** To a member, somebody else's request does not exist. */
export const isSeenBy = (actor: Actor, { member }: Pick<AccessRequest, 'member'>): boolean =>
  reachOf(actor.role, 'access-requests:read') === 'all' || member.id === actor.memberId

export const decidesAll = ({ role }: Actor): boolean => reachOf(role, 'access-requests:write') === 'all'

/** One step of a request, with its event and what it changes elsewhere, in one unit of work. */
export async function settle(
  deps: AccessRequestDeps,
  actor: Actor,
  asked: Asked,
  { action, apply }: Verb,
): Promise<Result<Settled>> {
  const { organizationId } = actor
  const work = async (db: Db): Promise<Result<{ request: AccessRequest; rowId: number | null }>> => {
    const held = await holdRequest(db, organizationId, knownForm(asked.id))
    if (held === null || !isSeenBy(actor, held)) return refuse('not_found')
    const next = await apply(db, held)
    if (!next.ok) return next
    const { rowId } = next.value
    const request = { ...next.value.after, revision: held.revision + 1 }
    await writeRequest(db, organizationId, request)
    const { requestId } = asked
    const by = { actor: audited(actor), requestId }
    await recordEvent(deps, db, organizationId, { action, ...by, before: held, after: request })
    return ok({ request, rowId })
  }
  // Nobody has a revision in mind: what makes it go again are two who wait for each other.
  const done = await untilCurrent(null, () => deps.transaction(organizationId, work))
  if (!done.ok) return done
  const { request, rowId } = done.value
  const answer = shown(request, deps.now())
  if (rowId === null) return ok(answer)
  return ok({ ...answer, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
}

export const decided = ({ state }: Pick<AccessRequest, 'state'>): ReturnType<typeof refuse> =>
  refuse('request_decided', { detail: `The request is not open any more: it is ${state}.` })
