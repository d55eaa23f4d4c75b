import type { Database, Db } from '../../../db/database.ts'
import { standing } from '../../standing.ts'
import { findKey, type StoredKey } from '../../store.ts'
import { currentOf, nextVersionOf } from '../plan.ts'
import { insertRotation } from '../store.ts'
import { bySystem, isoOrNull, tell, type WriteDeps } from '../write.ts'
import { type DueKey, type DuePlace, dueKeys, insertReminder } from './store.ts'

export type IntendDeps = WriteDeps & {
  readonly transaction: Database['transaction']
  readonly system: Pick<Database['system'], 'read'>
}

/**
 * Writes down what schedules ask for: a rotation that waits for its turn, or a reminder where nothing says whom the
 * secret goes to. What came due while no control ran is found here too, and told of. Most looks go back a little before
 * the last one; a whole look each hour finds what people have changed meanwhile, such as a key that is on again.
 */
export const intendDue = (deps: IntendDeps) => {
  let [lookedAt, wholeAt] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return async (isStopping: () => boolean): Promise<void> => {
    const at = deps.now()
    const isWhole = at - wholeAt >= wholeMs
    let after: DuePlace = [isWhole ? 0 : lookedAt - overlapMs, '']
    for (let isMore = true; isMore; ) {
      if (isStopping()) return
      const page = await deps.system.read((db) => dueKeys(db, { after, upTo: at, limit: perPage }))
      const due = page.filter(({ isSeenTo }) => !isSeenTo)
      for (const [organizationId, keys] of Map.groupBy(due, (key) => key.organizationId)) {
        for (let n = 0; n < keys.length; n += atOnce) {
          await deps.transaction(organizationId, (db) => intendAll(deps, db, organizationId, keys.slice(n, n + atOnce)))
        }
      }
      const last = page.at(-1)
      isMore = page.length === perPage && last !== undefined
      if (last) after = [last.dueAt, last.id]
    }
    lookedAt = at
    if (isWhole) wholeAt = at
  }
}

/** Looked at, and written, in one unit of work. */
const perPage = 1000
const atOnce = 200
const wholeMs = 3_600_000
/** Clocks differ, and what was under way when the key came due may have ended since. */
const overlapMs = 300_000

async function intendAll(deps: IntendDeps, db: Db, organizationId: string, keys: readonly DueKey[]): Promise<void> {
  for (const { id } of keys) {
    const key = await findKey(db, organizationId, id)
    const at = deps.now()
    const dueAt = key?.rotationDueAt ?? null
    // Somebody may have rotated, changed or ended it since it was found.
    if (!key || dueAt === null || dueAt > at || standing(key.record, at) !== 'usable') continue
    if (key.rotation?.deliverTo) await intend(deps, db, key, dueAt, at)
    else if (key.rotation) await remind(deps, db, key, dueAt, at)
  }
}

async function remind(deps: IntendDeps, db: Db, key: StoredKey, dueAt: number, at: number): Promise<void> {
  const { organization, id } = key.record
  if (!(await insertReminder(db, organization, { keyId: id, dueAt, at }))) return
  const after = { dueAt: isoOrNull(dueAt), days: 0 }
  await tell(deps, db, bySystem(deps.newId), key, { action: 'key.rotation-due', after })
}

async function intend(deps: IntendDeps, db: Db, key: StoredKey, dueAt: number, at: number): Promise<void> {
  const { organization, id } = key.record
  const isNew = await insertRotation(db, {
    organizationId: organization,
    id: deps.newId('rot'),
    keyId: id,
    mode: 'on-first-use',
    state: 'planned',
    from: currentOf(key, at),
    to: nextVersionOf(key),
    startedAt: at,
    startedBy: 'system',
    graceSeconds: key.rotation?.graceSeconds ?? 0,
    deadlineAt: null,
    silentSeconds: null,
    firstUsedAt: null,
    endedAt: null,
    webhookId: key.rotation?.deliverTo ?? null,
    attempts: 0,
    nextAt: at,
    actedAt: null,
    boot: null,
    lastError: null,
    revision: 1,
  })
  if (!isNew || at - dueAt < missedMs) return
  const after = { dueAt: isoOrNull(dueAt), missed: true, lateSeconds: Math.floor((at - dueAt) / 1000) }
  await tell(deps, db, bySystem(deps.newId), key, { action: 'key.rotation-due', after })
}

/** Schedules are looked at every half minute: what was found so late came due while nobody looked. */
const missedMs = 15 * 60_000
