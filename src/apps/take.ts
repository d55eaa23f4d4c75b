import { announce } from '../db/changes.ts'
import type { Directory } from '../keys/directory.ts'
import { standing } from '../keys/standing.ts'
import { findKey } from '../keys/store.ts'
import { ok, refuse } from '../problems.ts'
import { findApp, writeKeyOf } from './store.ts'

/**
 * Makes a key that was written in the same unit of work the one key of the app. Who loses the guarded write looks
 * again: on PostgreSQL he then sees the key of the other one, and is refused because of it.
 */
export const takeApp: Directory['takeApp'] = async (db, organizationId, appId, keyId, now) => {
  for (let attempt = 1; attempt <= attemptsAtMost; attempt += 1) {
    const app = await findApp(db, organizationId, appId)
    if (!app) return refuse('invalid', { errors: [{ pointer: '/owner/id', detail: 'there is no such app' }] })
    const held = app.keyId === null ? null : await findKey(db, organizationId, app.keyId)
    const state = held ? standing(held.record, now) : 'deleted'
    if (state === 'usable' || state === 'suspended')
      return refuse('app_has_key', { detail: hasKey(app.keyId ?? '', app.id) })
    if (!(await writeKeyOf(db, organizationId, app, keyId))) continue
    await announce(db, organizationId, { kind: 'app', id: app.id, at: now })
    return ok({ formerKey: app.keyId })
  }
  return refuse('stale')
}
const attemptsAtMost = 10

const hasKey = (keyId: string, appId: string): string =>
  `The key of this app is ${keyId}. POST /apps/${appId}/regenerate-key gives it a new secret; revoke it before you make another one. A second client is a second app: POST /apps/${appId}/clone.`
