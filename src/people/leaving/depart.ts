import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type Person, type Presence, updateMemberRow } from '../members/store.ts'
import { endSessionsOf } from '../sessions/store.ts'
import type { Happening, LeavingDeps } from './deps.ts'
import { forgetProofs, withdrawWaysIn } from './store.ts'

type Departed = { readonly after: Person; readonly keys: readonly string[] }

/**
 * What ends when somebody leaves, whether he may come back or not: from the commit on nothing that is his lets anybody in.
 * His row first, so that whoever makes a key for him at the same time is done before, and its key is among those, or sees
 * that he has left.
 */
export async function depart(
  deps: LeavingDeps,
  db: Db,
  organizationId: string,
  { before, state }: { readonly before: Person; readonly state: Exclude<Presence['state'], 'active'> },
  happening: Happening,
): Promise<Result<Departed>> {
  const { at } = happening
  const after: Person = {
    ...before,
    isOperator: state === 'removed' ? false : before.isOperator,
    state,
    deactivatedAt: state === 'removed' ? before.deactivatedAt : at,
    revision: before.revision + 1,
  }
  if (!(await updateMemberRow(db, organizationId, after, after))) return refuse('stale')
  // Before the keys, of which there may be thousands: with this news alone gateways refuse whatever is his.
  await announce(db, organizationId, { kind: 'member', id: before.id, at })
  await endSessionsOf(db, organizationId, before.id, { at, why: state })
  await withdrawWaysIn(db, organizationId, before.id, at)
  if (state === 'removed') await forgetProofs(db, organizationId, before.id)
  return ok({ after, keys: await deps.leaving.suspendKeys(db, organizationId, before.id, happening) })
}

/** As many ids as one event holds; each key has an event of its own. */
const namedAtMost = 1000

export const toldKeys = (keys: readonly string[]) => ({
  keys: keys.slice(0, namedAtMost),
  ...(keys.length > namedAtMost ? { keysTotal: keys.length } : {}),
})
