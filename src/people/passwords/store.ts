import type { Db } from '../../db/database.ts'
import type { StoredPassword } from './hash.ts'

/** What proves a person. No row: he has never signed in and has nothing to do it with. */
export type SignInSecrets = {
  readonly password: StoredPassword | null
  readonly passwordSetAt: number | null
  readonly totpBlob: string | null
  readonly totpConfirmedAt: number | null
  readonly totpLastStep: number | null
  readonly firstSignInAt: number | null
  readonly lastSignInAt: number | null
  readonly revision: number
}

export async function findSignInSecrets(
  db: Db,
  organizationId: string,
  memberId: string,
): Promise<SignInSecrets | null> {
  const row = await db
    .selectFrom('sign_in_secrets')
    .select(['password_phc', 'password_pepper_id', 'password_set_at', 'totp_blob', 'totp_confirmed_at'])
    .select(['totp_last_step', 'first_sign_in_at', 'last_sign_in_at', 'revision'])
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  if (!row) return null
  return {
    password: storedOf(row.password_phc, row.password_pepper_id),
    passwordSetAt: row.password_set_at,
    totpBlob: row.totp_blob,
    totpConfirmedAt: row.totp_confirmed_at,
    totpLastStep: row.totp_last_step,
    firstSignInAt: row.first_sign_in_at,
    lastSignInAt: row.last_sign_in_at,
    revision: row.revision,
  }
}

const storedOf = (phc: string | null, pepperId: string | null): StoredPassword | null =>
  phc === null || pepperId === null ? null : { phc, pepperId }

export async function setPassword(
  db: Db,
  organizationId: string,
  memberId: string,
  stored: StoredPassword,
  at: number,
  knownTo: string | null = null,
): Promise<void> {
  const written = { password_phc: stored.phc, password_pepper_id: stored.pepperId, password_set_at: at }
  const password = { ...written, password_known_to: knownTo }
  await db
    .insertInto('sign_in_secrets')
    .values({ organization_id: organizationId, member_id: memberId, ...password, revision: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'member_id'])
        .doUpdateSet((is) => ({ ...password, revision: is('sign_in_secrets.revision', '+', 1) })),
    )
    .execute()
}

/** The other member who may know it; null: nobody does, or there is none. */
export async function whoKnowsPassword(db: Db, organizationId: string, memberId: string): Promise<string | null> {
  const row = await db
    .selectFrom('sign_in_secrets')
    .select('password_known_to')
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .where('password_phc', 'is not', null)
    .executeTakeFirst()
  return row?.password_known_to ?? null
}

export async function voidPassword(db: Db, organizationId: string, memberId: string): Promise<void> {
  await db
    .updateTable('sign_in_secrets')
    .set((is) => ({
      ...{ password_phc: null, password_pepper_id: null, password_known_to: null },
      revision: is('revision', '+', 1),
    }))
    .where('organization_id', '=', organizationId)
    .where('member_id', '=', memberId)
    .execute()
}

export async function noteSignIn(db: Db, organizationId: string, memberId: string, at: number): Promise<void> {
  const row = { organization_id: organizationId, member_id: memberId, first_sign_in_at: at, last_sign_in_at: at }
  await db
    .insertInto('sign_in_secrets')
    .values({ ...row, revision: 1 })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'member_id']).doUpdateSet(({ fn, ref, val }) => ({
        first_sign_in_at: fn.coalesce(ref('sign_in_secrets.first_sign_in_at'), val(at)),
        last_sign_in_at: at,
      })),
    )
    .execute()
}

/** Whom an address and a password may sign in. */
export type Candidate = {
  readonly organizationId: string
  readonly memberId: string
  readonly state: 'active' | 'deactivated'
  readonly password: StoredPassword | null
}

/**
 * Over all organizations, as nobody is signed in yet: in the one that is named; else where this person may come in and
 * has been for longest, so that nobody who adds an address later stands before it. Null: nobody has this address.
 */
export async function findCandidate(db: Db, email: string, organization: string | null): Promise<Candidate | null> {
  const row = await db
    .selectFrom('members')
    .innerJoin('organizations', 'organizations.id', 'members.organization_id')
    .leftJoin('sign_in_secrets', (join) =>
      join
        .onRef('sign_in_secrets.organization_id', '=', 'members.organization_id')
        .onRef('sign_in_secrets.member_id', '=', 'members.id'),
    )
    .select([
      'members.organization_id',
      'members.id',
      'members.state',
      'sign_in_secrets.password_phc',
      'sign_in_secrets.password_pepper_id',
    ])
    .where('members.email', '=', email)
    .where('members.state', '<>', 'removed')
    .$if(organization !== null, (query) =>
      query.where((is) => {
        const named = organization ?? ''
        return is.or([is('organizations.id', '=', named), is('organizations.slug', '=', named)])
      }),
    )
    // By the alphabet, active comes before deactivated.
    .orderBy('members.state')
    .orderBy('members.created_at')
    .orderBy('members.id')
    .executeTakeFirst()
  if (!row) return null
  return {
    organizationId: row.organization_id,
    memberId: row.id,
    state: row.state === 'active' ? 'active' : 'deactivated',
    password: storedOf(row.password_phc, row.password_pepper_id),
  }
}
