import { z } from 'zod'
import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Browser } from '../../http/route.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import { mayActFor } from '../may.ts'
import { holdMember } from '../members/store.ts'
import type { StoredPassword } from '../passwords/hash.ts'
import { passwordProblem, password as wellFormed } from '../passwords/rules.ts'
import { setPassword } from '../passwords/store.ts'
import { factorAsked } from '../second-factor/asked.ts'
import { dropFactor } from '../second-factor/turn-off.ts'
import { startSession } from '../sessions/start.ts'
import { endSessionsOf } from '../sessions/store.ts'
import { signedInOf } from '../sessions/view.ts'
import type { CodeDeps } from '../setup.ts'
import { findMember, findOrganization, type Member, type OrganizationRow } from '../store.ts'
import { type TellDeps, tell } from '../tell.ts'
import { resetHash } from './make.ts'
import type { Redeemed } from './schema.ts'
import { findLiveReset, type Reset, useReset, withdrawResets } from './store.ts'

export const NewPassword = z.strictObject({ code: z.string().min(1).max(128), password: wellFormed })
type NewPassword = z.infer<typeof NewPassword>

export type RedeemDeps = CodeDeps &
  TellDeps &
  Pick<ChangeDeps, 'transaction' | 'system'> &
  Pick<SignInDeps, 'hashPassword'>
export type AskedBy = {
  readonly requestId: string
  readonly address: string
  readonly browser: Pick<Browser, 'cookie' | 'userAgent'>
}
type Done = { readonly answer: Redeemed; readonly setCookie: string | null }

/** Unknown, used, expired and withdrawn codes are alike to whoever presents them. */
const spent = refuse('not_found', {
  detail: 'This link is not valid, was used already or is too old: ask for another.',
})

/** One code, one password. Whoever was signed in is out, and the second factor stays as it was. */
export const redeemReset =
  (deps: RedeemDeps) =>
  async ({ code, password }: NewPassword, asked: AskedBy): Promise<Result<Done>> => {
    // Looked up before Argon2, so that a stranger's guess costs one indexed read.
    const found = await deps.system.read(async (db) => {
      const reset = await findLiveReset(db, resetHash(code), deps.now())
      const member = reset && (await findMember(db, reset.organizationId, reset.memberId))
      return reset && member ? { reset, member } : null
    })
    if (!found) return spent
    const { reset, member } = found
    const weak = passwordProblem(password, member)
    if (weak) return refuse('invalid', { detail: `The password ${weak.detail}.`, errors: [weak] })
    const hashed = await deps.hashPassword(reset.organizationId, reset.memberId, new Secret(password, 'password'))
    if (!hashed.ok) return hashed
    // A link of the host signs in, and a browser is signed in to several organizations.
    const own = <T>(work: (db: Db) => Promise<T>): Promise<T> => deps.transaction(reset.organizationId, work)
    const unit = reset.kind === 'host' ? deps.system.transaction : own
    const done = await untilCurrent(null, () => unit((db) => redeem(deps, db, reset, { stored: hashed.value, asked })))
    if (!done.ok) return done
    const { organization, ...answered } = done.value
    const lines = [
      `A new password was set for your account at ${organization.name}. Whoever was signed in with the one before is not any more.`,
      'If it was not you, tell whoever looks after this organization at once.',
    ]
    tell(deps, member.email, { subject: `Your password was changed (${organization.name})`, lines })
    return ok(answered)
  }

type With = { readonly stored: StoredPassword; readonly asked: AskedBy }

async function redeem(
  deps: RedeemDeps,
  db: Db,
  reset: Reset,
  { stored, asked }: With,
): Promise<Result<Done & { readonly organization: OrganizationRow }>> {
  const { organizationId, memberId, kind } = reset
  const at = deps.now()
  await holdMember(db, organizationId, memberId)
  if (!(await useReset(db, organizationId, reset.id, at))) return spent
  const member = await findMember(db, organizationId, memberId)
  const organization = await findOrganization(db, organizationId)
  // Whoever was removed or deactivated since then gets in with no old link.
  if (!member || !organization || !(await mayStillOffer(db, reset, member))) return spent
  await withdrawResets(db, organizationId, memberId, { at })
  // A link that was shown may have been opened by whoever it was shown to.
  const wasShown = kind === 'admin' && reset.createdBy !== 'bootstrap' && deps.sendLetter === null
  await setPassword(db, organizationId, memberId, stored, at, wasShown ? reset.createdBy : null)
  const sessions = await endSessionsOf(db, organizationId, memberId, { at, why: 'password set' })
  const by = { kind: 'member' as const, memberId, name: member.name, address: asked.address }
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: asked.requestId,
    actor: audited(by),
    action: 'password.set',
    subject: { kind: 'member', id: memberId, name: member.name },
    after: { by: kind, sessionsEnded: sessions },
  })
  if (kind !== 'host') return ok({ answer: {}, setCookie: null, organization })
  // Who can read the machine's disk is above the second factor, and may have lost it.
  await dropFactor(deps, db, organizationId, member, { by, requestId: asked.requestId })
  return ok({ ...(await signIn(deps, db, { organization, member }, asked)), organization })
}

/** A link that somebody made gives no more than he could give now: he may have left, or the person have risen above him. */
async function mayStillOffer(db: Db, { organizationId, kind, createdBy }: Reset, member: Member): Promise<boolean> {
  if (kind !== 'admin' || createdBy === 'bootstrap') return true
  const maker = await findMember(db, organizationId, createdBy)
  if (!maker || (member.isOperator && !maker.isOperator)) return false
  return mayActFor(maker.role, member.role)
}

type Who = { readonly organization: OrganizationRow; readonly member: Member }

/** Also where passwords are switched off: the last owner must be able to come in. */
async function signIn(deps: CodeDeps, db: Db, { organization, member }: Who, asked: AskedBy): Promise<Done> {
  const { id: organizationId } = organization
  const secondFactor = await factorAsked(db, organizationId, member)
  const how = { method: 'recovery' as const, identityProviderId: null, secondFactor }
  const started = await startSession(deps)(db, { organizationId, member, ...how, ...asked })
  return { answer: signedInOf(started, { member, organization, secondFactor }), setCookie: started.setCookie }
}
