import type { Db } from '../../../db/database.ts'

/** Sign-ins that have begun: a row is taken away by whoever comes back with its state, so that a state works once. */

export type Attempt = {
  readonly organizationId: string
  readonly id: string
  readonly providerId: string
  readonly stateHash: string
  readonly browserHash: string
  readonly nonce: string
  readonly verifierBlob: string
  readonly returnTo: string
  readonly createdAt: number
  readonly expiresAt: number
}

export async function insertAttempt(db: Db, organizationId: string, attempt: Attempt): Promise<void> {
  await db
    .insertInto('sign_in_attempts')
    .values({
      organization_id: organizationId,
      id: attempt.id,
      identity_provider_id: attempt.providerId,
      state_hash: attempt.stateHash,
      browser_hash: attempt.browserHash,
      nonce: attempt.nonce,
      verifier_blob: attempt.verifierBlob,
      return_to: attempt.returnTo,
      created_at: attempt.createdAt,
      expires_at: attempt.expiresAt,
    })
    .execute()
}

/** Those that are over go, and of the others all but the `most` newest: a crowd does not fill the store. */
export async function forgetAttempts(db: Db, organizationId: string, now: number, most: number): Promise<void> {
  await db
    .deleteFrom('sign_in_attempts')
    .where('organization_id', '=', organizationId)
    .where('expires_at', '<=', now)
    .execute()
  const tooMany = await db
    .selectFrom('sign_in_attempts')
    .select('expires_at')
    .where('organization_id', '=', organizationId)
    .orderBy('expires_at', 'desc')
    .offset(most)
    .limit(1)
    .executeTakeFirst()
  if (!tooMany) return
  await db
    .deleteFrom('sign_in_attempts')
    .where('organization_id', '=', organizationId)
    .where('expires_at', '<=', tooMany.expires_at)
    .execute()
}

/** As system, and without the one writer, so that a crowd of strangers who guess states holds nobody up. */
export async function hasAttempt(
  db: Db,
  { stateHash, browserHash }: Pick<Attempt, 'stateHash' | 'browserHash'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('sign_in_attempts')
    .select('id')
    .where('state_hash', '=', stateHash)
    .where('browser_hash', '=', browserHash)
    .executeTakeFirst()
  return row !== undefined
}

/** As system: nothing but the state says which organization it was. Only the browser that began it takes it away. */
export async function takeAttempt(
  db: Db,
  { stateHash, browserHash }: Pick<Attempt, 'stateHash' | 'browserHash'>,
): Promise<Attempt | null> {
  const row = await db
    .deleteFrom('sign_in_attempts')
    .where('state_hash', '=', stateHash)
    .where('browser_hash', '=', browserHash)
    .returning([
      'organization_id',
      'id',
      'identity_provider_id',
      'nonce',
      'verifier_blob',
      'return_to',
      'created_at',
      'expires_at',
    ])
    .executeTakeFirst()
  if (!row) return null
  return {
    organizationId: row.organization_id,
    id: row.id,
    providerId: row.identity_provider_id,
    stateHash,
    browserHash,
    nonce: row.nonce,
    verifierBlob: row.verifier_blob,
    returnTo: row.return_to,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
