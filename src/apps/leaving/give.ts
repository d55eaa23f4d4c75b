import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { type GiveDeps, type Given, giveKey } from '../../keys/leaving/give.ts'
import { findKey, type StoredKey } from '../../keys/store.ts'
import { leaveGrantsWith } from '../../people/grants/store.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type App, writeApp } from '../store.ts'

export type Party = { readonly type: 'member' | 'team'; readonly id: string; readonly name: string }
export type By = {
  readonly actor: Actor
  readonly requestId: string
  readonly reason: string | undefined
  readonly from: { readonly id: string; readonly name: string }
  readonly to: Party
}
type GivenApp = { readonly key: StoredKey | null; readonly given: Given | null; readonly rowId: number }

/** Hands one app on, in a unit of work, and its key with it. `stale`: it has changed since it was read. */
export async function giveApp(deps: GiveDeps, db: Db, app: App, { to, ...by }: By): Promise<Result<GivenApp>> {
  const { organizationId, id, name, keyId } = app
  const after: App = { ...app, owner: { type: to.type, id: to.id, name: to.name }, revision: app.revision + 1 }
  if (!(await writeApp(db, organizationId, after))) return refuse('stale')
  const at = deps.now()
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: by.requestId,
    actor: audited(by.actor),
    action: 'app.transferred',
    subject: { kind: 'app', id, name },
    before: { owner: app.owner },
    after: { owner: after.owner, ...(by.reason?.trim() ? { reason: by.reason } : {}) },
  })
  // Before its key, which no gateway admits without its app.
  const rowId = await announce(db, organizationId, { kind: 'app', id, at })
  if (keyId !== null) await leaveGrantsWith(db, organizationId, keyId, by.from.id)
  const key = keyId === null ? null : await findKey(db, organizationId, keyId)
  if (!key || !isOpen(key)) return ok({ key: null, given: null, rowId })
  const given = await giveKey(deps, db, { ...by, to, key, owner: { ...key.record.owner } })
  return given.ok ? ok({ key, given: given.value, rowId: given.value.rowId }) : given
}

/** Neither ended, nor one token that is over with itself. */
export const isOpen = ({ record: { state }, ephemeral }: StoredKey): boolean =>
  !ephemeral && (state === 'active' || state === 'suspended')
