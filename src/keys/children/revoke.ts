import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { knownForm } from '../../http/lists.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import type { EndDeps } from '../revoke.ts'
import type { StoredKey } from '../store.ts'
import { endChild, findChild, type StoredChild } from './store.ts'

type Request = {
  readonly key: string
  readonly child: string
  readonly waitMs: number
  readonly requestId: string
}
type Ended = { readonly key: StoredKey; readonly child: StoredChild; readonly effect: Effect }

/** Ends one token, and with it those that were made of it; asked again it answers the same. */
export const revokeChild =
  (deps: EndDeps) =>
  async (actor: Actor, { key: keyId, child: childId, waitMs, requestId }: Request): Promise<Result<Ended>> => {
    const { organizationId } = actor
    const end = async (db: Db): Promise<Result<Omit<Ended, 'effect'> & { rowId: number }>> => {
      const key = await keyWithinReach(deps.directory, db, actor, 'keys:write', keyId)
      if (!key || !isThere(key.record)) return refuse('not_found')
      const held = await findChild(db, organizationId, knownForm(childId))
      if (!held || held.key !== key.record.id) return refuse('not_found')
      const at = deps.now()
      if (await endChild(db, organizationId, held.id, at)) await record(deps, db, actor, key, held, { requestId, at })
      // Announced even when it had ended before: the news is a pointer, and its way to the gateways is the effect.
      const rowId = await announce(db, organizationId, { kind: 'child', id: held.id, at })
      return ok({ key, child: (await findChild(db, organizationId, held.id)) ?? held, rowId })
    }
    const done = await untilCurrent(null, () => deps.transaction(organizationId, end))
    if (!done.ok) return done
    const { key, child, rowId } = done.value
    const effect = await deps.effectOf(organizationId, rowId, waitMs, key.record.maxStalenessSeconds)
    return ok({ key, child, effect })
  }

async function record(
  { newId }: Pick<EndDeps, 'newId'>,
  db: Db,
  actor: Actor,
  { record: { organization, id, name } }: StoredKey,
  child: StoredChild,
  { requestId, at }: { readonly requestId: string; readonly at: number },
): Promise<void> {
  await insertEvent(db, organization, {
    id: newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'child.revoked',
    subject: { kind: 'key', id, name },
    before: { child: child.id, expiresAt: new Date(child.expiresAt).toISOString() },
    after: { child: child.id, revokedAt: new Date(at).toISOString() },
  })
}
