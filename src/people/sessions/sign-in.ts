import { z } from 'zod'
import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import type { Browser } from '../../http/route.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { SignInDeps } from '../deps.ts'
import { holdMember } from '../members/store.ts'
import { type Guess, wrongPassword } from '../passwords/guesses.ts'
import { presentedPassword } from '../passwords/rules.ts'
import { type Candidate, findCandidate, findSignInSecrets } from '../passwords/store.ts'
import type { InTurn } from '../passwords/turns.ts'
import { emailAddress } from '../schema.ts'
import { factorAskedOf } from '../second-factor/asked.ts'
import { findMember, findOrganization } from '../store.ts'
import type { SignedIn } from './schema.ts'
import { type StartDeps, type Started, startSession } from './start.ts'
import { signedInOf } from './view.ts'

export const PasswordSignIn = z.strictObject({
  email: emailAddress,
  password: presentedPassword,
  /** By id or slug, for whoever is in several. */
  organization: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
})
export type PasswordSignIn = z.infer<typeof PasswordSignIn>

export type SignInByPasswordDeps = StartDeps &
  Pick<SignInDeps, 'isPassword'> & {
    readonly system: Pick<Database['system'], 'read' | 'transaction'>
    readonly guess: Guess
    readonly inTurn: InTurn
  }
export type FromBrowser = { readonly browser: Browser; readonly address: string; readonly requestId: string }

/**
 * One read, one Argon2 and one answer, whether nobody has the address, the password is wrong or its owner is barred:
 * only who knows the password learns more.
 */
export const signInByPassword =
  (deps: SignInByPasswordDeps) =>
  async (input: PasswordSignIn, from: FromBrowser): Promise<Result<SignedIn>> => {
    const { email, organization = null } = input
    const who = { name: `sign-in ${email}`, source: from.address, isProxy: from.browser.isProxy }
    const guessed = await deps.guess(who, () =>
      deps.inTurn(async () => {
        const candidate = await deps.system.read((db) => findCandidate(db, email, organization))
        const { organizationId, memberId, password } = candidate ?? nobody
        const presented = new Secret(input.password, 'password')
        const right = await deps.isPassword(organizationId, memberId, presented, password)
        return right.ok ? ok(right.value ? candidate : null) : right
      }),
    )
    if (!guessed.ok) return guessed
    const candidate = guessed.value
    if (candidate === null) return wrongPassword
    const done = await untilCurrent(null, () => deps.system.transaction((db) => open(deps, db, candidate, from)))
    if (!done.ok) return done
    from.browser.setCookie(done.value.setCookie)
    return ok(done.value.signedIn)
  }

const nobody: Candidate = { organizationId: 'org_0', memberId: 'mem_0', state: 'active', password: null }

type Opened = { readonly setCookie: Started['setCookie']; readonly signedIn: SignedIn }

async function open(
  deps: SignInByPasswordDeps,
  db: Db,
  { organizationId, memberId, state, password }: Candidate,
  { browser, address, requestId }: FromBrowser,
): Promise<Result<Opened>> {
  // Held, so that whoever switches him off at this moment ends this session too.
  const isHeld = await holdMember(db, organizationId, memberId)
  const organization = await findOrganization(db, organizationId)
  const secrets = await findSignInSecrets(db, organizationId, memberId)
  // Replaced while it was looked at.
  if (!organization || secrets?.password?.phc !== password?.phc) return wrongPassword
  if (state === 'deactivated') return refuse('member_deactivated', { detail: askOwner })
  const member = isHeld && (await findMember(db, organizationId, memberId))
  if (!member) return wrongPassword
  const { policies } = organization
  if (policies.passwordSignIn === 'off') return refuse('password_sign_in_off', { detail: elsewhere })
  // Out of what was read above: a crowd waits for the one who writes, and each look is a turn of his.
  const hasOne = secrets?.totpBlob != null && secrets.totpConfirmedAt !== null
  const secondFactor = factorAskedOf({ policies, role: member.role, hasOne })
  const started = await startSession(deps)(db, {
    ...{ organizationId, member, method: 'password', identityProviderId: null, secondFactor },
    ...{ browser, address, requestId, policies },
  })
  return ok({ setCookie: started.setCookie, signedIn: signedInOf(started, { member, organization, secondFactor }) })
}

const askOwner = 'Your access to this organization was switched off. One of its admins can switch it on again.'
const elsewhere = 'Passwords do not sign in to this organization: use its identity provider.'
