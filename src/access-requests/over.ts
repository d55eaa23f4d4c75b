import type { Database } from '../db/database.ts'
import type { AccessRequestDeps } from './deps.ts'
import { recordEvent } from './event.ts'
import { holdRequest, type Over, overNow, writeRequest } from './store.ts'

export type OverDeps = Pick<AccessRequestDeps, 'transaction' | 'newId' | 'now' | 'renew'> & {
  readonly system: Pick<Database['system'], 'read'>
}

const atOnce = 100

/**
 * Writes down which grants are over. Nothing waits for it: the decision has ended them at their instant, on every
 * gateway. Each is told of once, whoever does it and whenever he ends.
 */
export const endRequests =
  (deps: OverDeps) =>
  async (isStopping: () => boolean): Promise<void> => {
    for (;;) {
      const over = await deps.system.read((db) => overNow(db, deps.now(), atOnce))
      for (const each of over) {
        if (isStopping()) return
        await end(deps, each)
      }
      if (over.length < atOnce) return
    }
  }

const end = (deps: OverDeps, { organizationId, id }: Over): Promise<void> =>
  deps.transaction(organizationId, async (db) => {
    const held = await holdRequest(db, organizationId, id)
    if (held?.state !== 'approved') return
    const now = deps.now()
    const endedAt = held.until !== null && held.until <= now ? held.until : now
    const after = { ...held, state: 'ended' as const, endedAt, revision: held.revision + 1 }
    await writeRequest(db, organizationId, after)
    await deps.renew(db, organizationId, held.target, now)
    await recordEvent(deps, db, organizationId, {
      action: 'access-request.ended',
      actor: { kind: 'system', id: 'access-requests', name: 'access requests' },
      requestId: id,
      before: held,
      after,
    })
  })
