import { type Doer, insertEvents, type NewEvent } from '../../audit/store.ts'
import { announceAll } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { resumePersonalKeys, suspendPersonalKeys, type Turned, withdrawPersonalClaims } from './store.ts'

type Happening = {
  readonly at: number
  readonly actor: Doer
  readonly requestId: string
  readonly reason?: string | undefined
}
type Deps = { readonly newId: (prefix: string) => string }

/** Inside the unit of work in which their owner leaves or comes back; a person may own thousands. */
export const suspendKeysOf =
  (deps: Deps) =>
  async (db: Db, organizationId: string, memberId: string, happening: Happening): Promise<readonly string[]> => {
    const keys = await suspendPersonalKeys(db, organizationId, memberId)
    await withdrawPersonalClaims(db, organizationId, memberId, happening.at)
    return told(deps, db, organizationId, { keys, action: 'key.suspended', from: 'active', to: 'suspended' }, happening)
  }

export const resumeKeysOf =
  (deps: Deps) =>
  async (db: Db, organizationId: string, memberId: string, happening: Happening): Promise<readonly string[]> => {
    const keys = await resumePersonalKeys(db, organizationId, memberId)
    return told(deps, db, organizationId, { keys, action: 'key.resumed', from: 'suspended', to: 'active' }, happening)
  }

type Turn = {
  readonly keys: readonly Turned[]
  readonly action: 'key.suspended' | 'key.resumed'
  readonly from: 'active' | 'suspended'
  readonly to: 'active' | 'suspended'
}

/** An event and the news of each; answers their ids. */
async function told(
  { newId }: Deps,
  db: Db,
  organizationId: string,
  { keys, action, from, to }: Turn,
  { at, actor, requestId, reason }: Happening,
): Promise<readonly string[]> {
  const because = { because: 'owner-left', ...(reason?.trim() ? { reason } : {}) }
  const events = keys.map(
    ({ id, name, owner }): NewEvent => ({
      id: newId('evt'),
      at,
      requestId,
      actor,
      action,
      subject: { kind: 'key', id, name },
      before: { state: from, owner },
      after: { state: to, ...because },
    }),
  )
  await insertEvents(db, organizationId, events)
  const ids = keys.map(({ id }) => id)
  await announceAll(db, organizationId, { kind: 'key', ids, at })
  return ids
}
