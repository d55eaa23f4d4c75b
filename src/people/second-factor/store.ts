import type { Db } from '../../db/database.ts'

/** What the authenticator of a member shares with us, sealed. */
export type Factor = {
  /** Null: there is none that counts. */
  readonly confirmed: { readonly blob: string; readonly at: number } | null
  /** Made and shown, but no code of it has come back yet. */
  readonly draft: { readonly blob: string; readonly at: number } | null
  /** From when on the next code is looked at. */
  readonly openAt: number
}

const columns = ['totp_blob', 'totp_confirmed_at', 'totp_draft_blob', 'totp_draft_at', 'factor_open_at'] as const

export async function findFactor(db: Db, organizationId: string, memberId: string): Promise<Factor> {
  const row = await db
    .selectFrom('sign_in_secrets')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  if (!row) return { confirmed: null, draft: null, openAt: 0 }
  const { totp_blob, totp_confirmed_at, totp_draft_blob, totp_draft_at } = row
  return {
    confirmed: totp_blob === null || totp_confirmed_at === null ? null : { blob: totp_blob, at: totp_confirmed_at },
    draft: totp_draft_blob === null || totp_draft_at === null ? null : { blob: totp_draft_blob, at: totp_draft_at },
    openAt: row.factor_open_at ?? 0,
  }
}

type Draft = { readonly blob: string; readonly at: number }

/** The one before it counts until a code of this one has come back. */
export async function writeDraft(db: Db, organizationId: string, memberId: string, { blob, at }: Draft): Promise<void> {
  const draft = { totp_draft_blob: blob, totp_draft_at: at }
  await db
    .insertInto('sign_in_secrets')
    .values({ organization_id: organizationId, member_id: memberId, ...draft, revision: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'member_id'])
        .doUpdateSet((is) => ({ ...draft, revision: is('sign_in_secrets.revision', '+', 1) })),
    )
    .execute()
}

type Confirmed = Draft & { readonly step: number }

/** False when another one was made meanwhile, or this one was confirmed by somebody else. */
export async function confirmDraft(
  db: Db,
  organizationId: string,
  memberId: string,
  { blob, at, step }: Confirmed,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sign_in_secrets')
    .set((is) => ({
      totp_blob: blob,
      totp_confirmed_at: at,
      totp_last_step: step,
      totp_draft_blob: null,
      totp_draft_at: null,
      factor_guesses: 0,
      factor_open_at: null,
      revision: is('revision', '+', 1),
    }))
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('totp_draft_blob', '=', blob)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False when there was nothing. */
export async function removeFactor(db: Db, organizationId: string, memberId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sign_in_secrets')
    .set((is) => ({
      totp_blob: null,
      totp_confirmed_at: null,
      totp_last_step: null,
      totp_draft_blob: null,
      totp_draft_at: null,
      factor_guesses: 0,
      factor_open_at: null,
      revision: is('revision', '+', 1),
    }))
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('totp_confirmed_at', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Charged before the code is looked at, so that many at once are not more than one after the other: who comes second
 * waits here for who came first. Null: there is no second factor, or it is too early.
 */
export async function takeGuess(
  db: Db,
  organizationId: string,
  memberId: string,
  now: number,
): Promise<{ readonly blob: string; readonly guesses: number } | null> {
  const row = await db
    .updateTable('sign_in_secrets')
    .set((is) => ({ factor_guesses: is('factor_guesses', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('totp_confirmed_at', 'is not', null)
    .where((is) => is.or([is('factor_open_at', 'is', null), is('factor_open_at', '<=', now)]))
    .returning(['totp_blob', 'factor_guesses'])
    .executeTakeFirst()
  return row?.totp_blob ? { blob: row.totp_blob, guesses: row.factor_guesses } : null
}

export async function delayGuesses(db: Db, organizationId: string, memberId: string, until: number): Promise<void> {
  await db
    .updateTable('sign_in_secrets')
    .set({ factor_open_at: until })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .execute()
}

/** False when a code of this step or of a later one was taken already (RFC 6238 §5.2). */
export async function useStep(db: Db, organizationId: string, memberId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sign_in_secrets')
    .set({ totp_last_step: step, factor_guesses: 0, factor_open_at: null })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where((is) => is.or([is('totp_last_step', 'is', null), is('totp_last_step', '<', step)]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Those of before are gone, also those that nobody has used. */
export async function replaceRecoveryCodes(
  db: Db,
  organizationId: string,
  memberId: string,
  { hashes, at }: { readonly hashes: readonly string[]; readonly at: number },
): Promise<void> {
  await dropRecoveryCodes(db, organizationId, memberId)
  const row = { organization_id: organizationId, member_id: memberId, created_at: at, used_at: null }
  await db
    .insertInto('recovery_codes')
    .values(hashes.map((code_hash) => ({ ...row, code_hash })))
    .execute()
}

export async function dropRecoveryCodes(db: Db, organizationId: string, memberId: string): Promise<void> {
  await db
    .deleteFrom('recovery_codes')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .execute()
}

/** Guarded by the update itself: a code works once, also when it comes twice at the same time. */
export async function useRecoveryCode(
  db: Db,
  organizationId: string,
  memberId: string,
  { hash, at }: { readonly hash: string; readonly at: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('recovery_codes')
    .set({ used_at: at })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function countRecoveryCodes(db: Db, organizationId: string, memberId: string): Promise<number> {
  const { count } = await db
    .selectFrom('recovery_codes')
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** Without a second factor no session has shown one: what the policy asks for later is asked of all of them. */
export async function forgetFactorShown(db: Db, organizationId: string, memberId: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ second_factor_at: null })
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('ended_at', 'is', null)
    .execute()
}
