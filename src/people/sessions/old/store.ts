import type { Db } from '../../../db/database.ts'

const atOnce = 200

/** Over all organizations, piece by piece; true: there may be more. What happened stands in the audit log. */
export async function forgetSessions(db: Db, before: number): Promise<boolean> {
  const old = db
    .selectFrom('sessions')
    .select('id')
    .where((is) => is.or([is('ended_at', '<', before), is('expires_at', '<', before)]))
    .limit(atOnce)
  const { numDeletedRows } = await db.deleteFrom('sessions').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows) === atOnce
}

export async function forgetResets(db: Db, before: number): Promise<boolean> {
  const old = db.selectFrom('password_resets').select('id').where('expires_at', '<', before).limit(atOnce)
  const { numDeletedRows } = await db.deleteFrom('password_resets').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows) === atOnce
}

/** Ways to an identity provider on which nobody came back in time. */
export async function forgetSignInAttempts(db: Db, now: number): Promise<boolean> {
  const old = db.selectFrom('sign_in_attempts').select('id').where('expires_at', '<', now).limit(atOnce)
  const { numDeletedRows } = await db.deleteFrom('sign_in_attempts').where('id', 'in', old).executeTakeFirst()
  return Number(numDeletedRows) === atOnce
}
