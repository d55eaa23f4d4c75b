import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { settleMs } from '../../http/lists.ts'
import type { Browser } from '../../http/route.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { ChangeDeps, Elsewhere, SignInDeps } from '../deps.ts'
import { mayActFor } from '../may.ts'
import { updateMemberRow } from '../members/store.ts'
import { memberView } from '../members/view.ts'
import { holdPeople } from '../organizations/store.ts'
import type { StoredPassword } from '../passwords/hash.ts'
import { passwordProblem } from '../passwords/rules.ts'
import { setPassword } from '../passwords/store.ts'
import { factorAsked } from '../second-factor/asked.ts'
import type { SignedIn } from '../sessions/schema.ts'
import { type StartDeps, startSession } from '../sessions/start.ts'
import { signedInOf } from '../sessions/view.ts'
import { findMember, findOrganization, type Member, type OrganizationRow } from '../store.ts'
import { bootstrap, hashOf } from './link.ts'
import { findOpenByCode, hasOwnWayIn, type Invitation, useInvitation } from './store.ts'
import { tell } from './write.ts'

export type AcceptDeps = Pick<ChangeDeps, 'system' | 'newId' | 'now' | 'effectOf'> &
  StartDeps &
  Pick<Elsewhere, 'renameOwner'> &
  Pick<SignInDeps, 'hashPassword' | 'attempts'>
export type Acceptance = {
  readonly code: string
  readonly email: string
  readonly password: string
  readonly name?: string | undefined
}
type Asked = { readonly requestId: string; readonly address: string; readonly browser: Browser }

/**
 * One code, one person. Unknown, used, lapsed and withdrawn codes, those of another address and of somebody who may not
 * come in any more are alike to whoever presents them.
 */
export const acceptInvitation =
  (deps: AcceptDeps) =>
  async (given: Acceptance, asked: Asked): Promise<Result<SignedIn>> => {
    const codeHash = hashOf(given.code)
    const { address, browser } = asked
    // By the code as well: whoever found a link does not find out by trying for whom it is.
    const name = `invitation ${codeHash}`
    const seconds = deps.attempts.blocked(name, address, browser.isProxy)
    if (seconds > 0) return refuse('too_many_attempts', { retryAfterSeconds: seconds })
    const found = await deps.system.read((db) => whoseLink(db, codeHash, given.email, deps.now()))
    if (!found) {
      deps.attempts.failed(name, address, browser.isProxy)
      return opensNothing
    }
    const { organization, member } = found
    const off = refuseOff(organization)
    if (off) return off
    const problem = passwordProblem(given.password, { email: given.email, name: given.name ?? member.name })
    if (problem) return refuse('invalid', { detail: 'Choose another password.', errors: [problem] })
    const stored = await deps.hashPassword(organization.id, member.id, new Secret(given.password, 'password'))
    if (!stored.ok) return stored
    const done = await deps.system.transaction(async (db) => {
      await holdPeople(db, organization.id)
      // Again: what held before Argon2 may not hold now.
      const still = await whoseLink(db, codeHash, given.email, deps.now())
      if (!still || !(await useInvitation(db, organization.id, codeHash, deps.now()))) return opensNothing
      const refused = refuseOff(still.organization)
      return refused ?? ok(await comeIn(deps, db, still, { given, asked, stored: stored.value }))
    })
    if (!done.ok) return done
    browser.setCookie(done.value.setCookie)
    if (done.value.rowId !== null) await deps.effectOf(organization.id, done.value.rowId, settleMs)
    return ok(done.value.signedIn)
  }

const opensNothing = refuse('not_found', {
  detail: 'This link and address open nothing: it works once, for seven days, for the address that was invited.',
})

const refuseOff = ({ slug, name, policies }: OrganizationRow) =>
  policies.passwordSignIn === 'off'
    ? refuse('password_sign_in_off', {
        detail: `In ${name} nobody has a password: sign in through its identity provider, at /sign-in?organization=${slug}.`,
      })
    : null

type Found = { readonly organization: OrganizationRow; readonly member: Member; readonly invitation: Invitation }

/** As system: nobody is signed in. Null: it leads nowhere, whatever the reason. */
async function whoseLink(db: Db, codeHash: string, email: string, now: number): Promise<Found | null> {
  const open = await findOpenByCode(db, codeHash, now)
  if (!open || open.invitation.email !== email) return null
  const { organizationId, invitation } = open
  const member = await findMember(db, organizationId, invitation.memberId)
  const organization = await findOrganization(db, organizationId)
  if (!member || !organization || member.email !== email) return null
  // Whoever has come in another way has a password or an identity that an old link must not replace.
  if (await hasOwnWayIn(db, organizationId, member.id)) return null
  return (await mayStillInvite(db, organizationId, invitation, member)) ? { organization, member, invitation } : null
}

/** The link gives no more than whoever made it could give now, nor a role that the member got since from others. */
async function mayStillInvite(
  db: Db,
  organizationId: string,
  { createdBy }: Invitation,
  member: Member,
): Promise<boolean> {
  if (createdBy === bootstrap) return true
  const inviter = await findMember(db, organizationId, createdBy)
  if (!inviter || (member.isOperator && !inviter.isOperator)) return false
  return mayActFor(inviter.role, member.role)
}

type Coming = { readonly given: Acceptance; readonly asked: Asked; readonly stored: StoredPassword }
type Came = { readonly signedIn: SignedIn; readonly setCookie: string; readonly rowId: number | null }

async function comeIn(deps: AcceptDeps, db: Db, found: Found, { given, asked, stored }: Coming): Promise<Came> {
  const { organization, invitation } = found
  const { requestId, address, browser } = asked
  const organizationId = organization.id
  const actor = { ...himself, organizationId, memberId: found.member.id, name: found.member.name, address }
  const by = { actor, requestId }
  const renamed = await rename(deps, db, by, found.member, given.name)
  const { member } = renamed
  const accepted = { invitation: invitation.id, role: member.role, createdBy: invitation.createdBy }
  // A link that was shown may have been opened by whoever it was shown to.
  const wasShown = invitation.mailedAt === null && invitation.createdBy !== bootstrap
  await setPassword(db, organizationId, member.id, stored, deps.now(), wasShown ? invitation.createdBy : null)
  await tell(db, deps, by, member, { action: 'invitation.accepted', after: accepted })
  await tell(db, deps, by, member, { action: 'password.set', after: { by: 'invitation' } })
  const secondFactor = await factorAsked(db, organizationId, member)
  const started = await startSession(deps)(db, {
    organizationId,
    member,
    method: 'invitation',
    identityProviderId: null,
    secondFactor,
    browser,
    address,
    requestId,
  })
  const signedIn = signedInOf(started, { member, organization, secondFactor })
  return { signedIn, setCookie: started.setCookie, rowId: renamed.rowId }
}

/** Nobody has proved him to the guard: the link and the address just did. */
const himself = { kind: 'member', role: 'member', scopes: [], operator: false, credentialId: 'invitation' } as const

/** What his keys and apps say beside their owner is his name, too. */
async function rename(
  deps: AcceptDeps,
  db: Db,
  by: Parameters<typeof tell>[2],
  before: Member,
  name: string | undefined,
): Promise<{ member: Member; rowId: number | null }> {
  if (name === undefined || name === before.name) return { member: before, rowId: null }
  const { organizationId } = by.actor
  const member = { ...before, name, revision: before.revision + 1 }
  if (!(await updateMemberRow(db, organizationId, member))) throw new Error('A member changed while people were held')
  await deps.renameOwner(db, organizationId, member.id, name)
  const told = { before: memberView({ ...before, isInvited: true }), after: memberView(member) }
  await tell(db, deps, by, member, { action: 'member.updated', ...told })
  const rowId = await announce(db, organizationId, { kind: 'member', id: member.id, at: deps.now() })
  return { member, rowId }
}
