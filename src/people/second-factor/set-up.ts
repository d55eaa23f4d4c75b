import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import type { Actor } from '../schema.ts'
import { raiseSession } from '../sessions/raise.ts'
import { endSessionsOf } from '../sessions/store.ts'
import { findMember, findOrganization } from '../store.ts'
import { addresseeOf, tellFactor } from './letters.ts'
import { placeOf } from './place.ts'
import { type AskedFrom, type ProveDeps, stepUp } from './prove.ts'
import { newRecoveryCodes, recoveryHash } from './recovery-codes.ts'
import type { NewFactor, StepUp } from './schema.ts'
import { confirmDraft, findFactor, replaceRecoveryCodes, writeDraft } from './store.ts'
import { base32Of, offered, secretBytes, stepOf } from './totp.ts'

export type SetUpDeps = ProveDeps &
  Pick<ChangeDeps, 'transaction'> &
  Pick<SignInDeps, 'randomBytes' | 'encryptText'> & { readonly newCode: () => string }

const validMs = 30 * 60_000

/** A fresh secret, which counts once a code of it has come back; until then the one before does. */
export const beginSetUp =
  (deps: SetUpDeps) =>
  async (actor: Actor, proof: StepUp, asked: AskedFrom): Promise<Result<NewFactor>> => {
    const { organizationId, memberId } = actor
    const { confirmed } = await deps.read(organizationId, (db) => findFactor(db, organizationId, memberId))
    if (confirmed && actor.session?.secondFactor !== 'passed') return refuse('second_factor_required')
    const proved = confirmed ? await stepUp(deps)(actor, proof, asked) : ok(true)
    if (!proved.ok) return proved
    const secret = new Secret(base32Of(deps.randomBytes(secretBytes)), 'second factor')
    return deps.transaction(organizationId, async (db) => {
      const member = await findMember(db, organizationId, memberId)
      const organization = await findOrganization(db, organizationId)
      if (!member || !organization) return refuse('not_found')
      const at = deps.now()
      const blob = await deps.encryptText(db, organizationId, placeOf(memberId), secret)
      await writeDraft(db, organizationId, memberId, { blob, at })
      const label = `${member.email || member.name} (${organization.slug})`
      const expiresAt = new Date(at + validMs).toISOString()
      return ok({ secret: secret.reveal(), ...offered(secret, label), expiresAt })
    })
  }

export type SetUp = { readonly recoveryCodes: string[]; readonly setCookie: string; readonly csrfToken: string }

/** The code proves that the authenticator has the secret. Who came in without it elsewhere signs in again. */
export const confirmSetUp =
  (deps: SetUpDeps) =>
  async (actor: Actor, code: string, asked: AskedFrom & { readonly cookie: string | null }): Promise<Result<SetUp>> => {
    const { organizationId, memberId, session } = actor
    if (!session) return refuse('not_permitted')
    const seconds = deps.attempts.blocked(`set-up of ${memberId}`, asked.address, asked.isProxy)
    if (seconds > 0) return refuse('too_many_attempts', { retryAfterSeconds: seconds })
    const recoveryCodes = newRecoveryCodes(deps.randomBytes)
    const confirm = async (db: Db) => {
      const drafted = await liveDraft(deps, db, actor)
      if (!drafted.ok) return drafted
      const at = deps.now()
      const blob = drafted.value
      const step = stepOf(await deps.decryptText(db, organizationId, placeOf(memberId), blob), code, at)
      if (step === null) return refuse('sign_in_refused', { detail: wrong })
      if (!(await confirmDraft(db, organizationId, memberId, { blob, at, step }))) return refuse('stale')
      const hashes = recoveryCodes.map((one) => recoveryHash(organizationId, memberId, one))
      await replaceRecoveryCodes(db, organizationId, memberId, { hashes, at })
      await endSessionsOf(db, organizationId, memberId, { at, why: 'second factor set up', except: session.id })
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'second-factor.enabled',
        subject: { kind: 'member', id: memberId, name: actor.name },
        after: { codesLeft: recoveryCodes.length },
      })
      const raised = await raiseSession(deps)(db, { organizationId, sessionId: session.id, cookie: asked.cookie })
      return ok({ ...raised, to: await addresseeOf(db, organizationId, memberId) })
    }
    const done = await untilCurrent(null, () => deps.system.transaction(confirm))
    if (!done.ok) {
      if (done.problem.code === 'sign_in_refused')
        deps.attempts.failed(`set-up of ${memberId}`, asked.address, asked.isProxy)
      return done
    }
    const { to, ...raised } = done.value
    tellFactor(deps, to, 'on')
    return ok({ recoveryCodes, ...raised })
  }

const wrong = 'The code is not one of this secret. Is the clock of the device right?'

/** The blob of what was made last, if it may still be confirmed by this session. */
async function liveDraft(deps: Pick<SetUpDeps, 'now'>, db: Db, actor: Actor): Promise<Result<string>> {
  const { draft, confirmed } = await findFactor(db, actor.organizationId, actor.memberId)
  if (confirmed && actor.session?.secondFactor !== 'passed') return refuse('second_factor_required')
  if (!draft || draft.at + validMs <= deps.now())
    return refuse('not_found', { detail: 'No second factor waits for its first code: begin to set one up.' })
  return ok(draft.blob)
}
