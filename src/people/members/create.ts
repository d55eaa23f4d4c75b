import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { isUniqueViolation } from '../../db/violation.ts'
import { settleMs } from '../../http/lists.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import { createdByOf, handOut, type LinkDeps, newLink } from '../invitations/link.ts'
import type { Offered } from '../invitations/schema.ts'
import { joinTeams, refuseTeams } from '../invitations/teams.ts'
import { tell, writeInvitation } from '../invitations/write.ts'
import { holdPeople } from '../organizations/store.ts'
import type { StoredPassword } from '../passwords/hash.ts'
import { passwordProblem } from '../passwords/rules.ts'
import { setPassword } from '../passwords/store.ts'
import type { Actor, MemberView, NewMember } from '../schema.ts'
import { findOrganization, insertMember, type Member } from '../store.ts'
import { refuseRole } from './allowed.ts'
import { memberView } from './view.ts'

export type CreateDeps = ChangeDeps & LinkDeps & Pick<SignInDeps, 'hashPassword'>
type Input = NewMember & { readonly password?: string | undefined; readonly teams?: readonly string[] | undefined }
export type Created = { readonly member: MemberView; readonly invitation?: Offered }

/** With a password somebody can sign in at once; without one he is invited to choose his own. */
export const createMember =
  (deps: CreateDeps) =>
  async (actor: Actor, input: Input, requestId: string): Promise<Result<Created>> => {
    const { email, role = 'member', teams = [] } = input
    const name = input.name ?? nameFrom(email)
    const refused = refuseRole(actor, role) ?? refuseTeams(actor, teams)
    if (refused) return refused
    const { organizationId } = actor
    const member: Member = {
      id: deps.newId('mem'),
      email,
      name,
      role,
      isOperator: false,
      createdAt: deps.now(),
      revision: 1,
    }
    const hashed = input.password === undefined ? ok(null) : await chosen(deps, actor, member, input.password)
    if (!hashed.ok) return hashed
    const stored = hashed.value
    const link = stored === null ? newLink(deps, createdByOf(actor)) : null
    const view = memberView({ ...member, isInvited: link !== null })
    const by = { actor, requestId }
    const write = async (db: Db) => {
      if (teams.length > 0) await holdPeople(db, organizationId)
      await insertMember(db, organizationId, member)
      await tell(db, deps, by, member, { action: 'member.created', after: view })
      const rowId = await announce(db, organizationId, { kind: 'member', id: member.id, at: member.createdAt })
      const joined = await joinTeams(db, deps, by, member.id, teams)
      if (!joined.ok) return joined
      if (stored) {
        const knownTo = actor.kind === 'bootstrap' ? null : actor.memberId
        await setPassword(db, organizationId, member.id, stored, member.createdAt, knownTo)
        await tell(db, deps, by, member, { action: 'password.set', after: { by: 'whoever added' } })
      }
      const id = link && (await writeInvitation(db, deps, by, member, link))
      const organization = await findOrganization(db, organizationId)
      return ok({ rowId, id, organization: organization?.name ?? '' })
    }
    const written = await uniqueEmail(() => deps.transaction(organizationId, write))
    if (!written.ok) return written
    const { rowId, id, organization } = written.value
    await deps.effectOf(organizationId, rowId, settleMs)
    if (!link || id === null) return ok({ member: view })
    const invited = { id, link, inviter: actor.name, organization, email }
    return ok({ member: view, invitation: handOut(deps, organizationId, invited) })
  }

/** Checked and hashed before anything is written: Argon2 must not hold the writer. */
async function chosen(
  deps: CreateDeps,
  { organizationId }: Actor,
  member: Member,
  password: string,
): Promise<Result<StoredPassword>> {
  const problem = passwordProblem(password, member)
  if (problem) return refuse('invalid', { detail: 'Choose another password.', errors: [problem] })
  const organization = await deps.read(organizationId, (db) => findOrganization(db, organizationId))
  if (organization?.policies.passwordSignIn === 'off')
    return refuse('password_sign_in_off', { detail: 'People sign in through an identity provider here.' })
  return deps.hashPassword(organizationId, member.id, new Secret(password, 'password'))
}

/** The address, since what stands before the @ may be anybody's name. */
export const nameFrom = (email: string): string => email.slice(0, 120)

/** The index says it, so that of two who add one address at the same time only one does. */
async function uniqueEmail<T>(write: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await write()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    return isMemberAlready
  }
}

export const isMemberAlready = refuse('invalid', {
  detail: 'Somebody with this address is a member already.',
  errors: [{ pointer: '/email', detail: 'is a member already' }],
})
