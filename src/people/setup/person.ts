import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Elsewhere } from '../deps.ts'
import type { StoredPassword } from '../passwords/hash.ts'
import { passwordProblem } from '../passwords/rules.ts'
import { setPassword } from '../passwords/store.ts'
import { withdrawResets } from '../resets/store.ts'
import { factorAsked } from '../second-factor/asked.ts'
import type { SignedIn } from '../sessions/schema.ts'
import type { FromBrowser } from '../sessions/sign-in.ts'
import { type StartDeps, startSession } from '../sessions/start.ts'
import { endSessionsOf } from '../sessions/store.ts'
import { signedInOf } from '../sessions/view.ts'
import { findOrganization, type Member } from '../store.ts'
import type { SetupInput } from './input.ts'
import { nameMember } from './store.ts'

/** Who signs in from now on. Null: only the token was asked for. */
export type Person = Pick<Member, 'email' | 'name'>

/** Before anything costs time. */
export function personOf(member: Member, { email, name, password }: SetupInput): Result<Person | null> {
  if (password === undefined) {
    const alone = (['email', 'name'] as const).filter((field) => ({ email, name })[field] !== undefined)
    const errors = alone.map((field) => ({ pointer: `/${field}`, detail: 'goes with a password' }))
    return errors.length === 0 ? ok(null) : refuse('invalid', { detail: 'Choose a password, too.', errors })
  }
  const person = { email: email ?? member.email, name: name ?? email ?? member.name }
  const missing = { pointer: '/email', detail: 'is needed to sign in with a password' }
  const problem = person.email === '' ? missing : passwordProblem(password, person)
  return problem === null ? ok(person) : refuse('invalid', { detail: `${field(problem)}.`, errors: [problem] })
}

const field = ({ pointer, detail }: { pointer: string; detail: string }): string => `${pointer.slice(1)} ${detail}`

export type EnterDeps = StartDeps & Pick<Elsewhere, 'renameOwner'>
type Entering = { readonly member: Member; readonly person: Person; readonly password: StoredPassword }
export type Entered = { readonly setCookie: string; readonly signedIn: SignedIn }

/** In the unit of the system in which the code is used. */
export async function enter(
  deps: EnterDeps,
  db: Db,
  organizationId: string,
  { member: before, person, password }: Entering,
  { browser, address, requestId }: FromBrowser,
): Promise<Entered | null> {
  const organization = await findOrganization(db, organizationId)
  if (!organization) return null
  const at = deps.now()
  const member = { ...before, ...person }
  const subject = { kind: 'member', id: member.id, name: member.name }
  const told = { at, requestId, actor: { ...subject, address }, subject }
  if (member.email !== before.email || member.name !== before.name) {
    await nameMember(db, organizationId, member)
    if (member.name !== before.name) await deps.renameOwner(db, organizationId, member.id, member.name)
    await announce(db, organizationId, { kind: 'member', id: member.id, at })
    const [was, is] = [before, member].map(({ email, name }) => ({ email, name }))
    await insertEvent(db, organizationId, {
      ...{ ...told, id: deps.newId('evt'), action: 'member.updated', before: was, after: is },
    })
  }
  // As with any new password: whoever is in with the one before, or holds a link to another, is out.
  await setPassword(db, organizationId, member.id, password, at)
  await withdrawResets(db, organizationId, member.id, { at })
  await endSessionsOf(db, organizationId, member.id, { at, why: 'password set' })
  await insertEvent(db, organizationId, {
    ...told,
    id: deps.newId('evt'),
    action: 'password.set',
    after: { by: 'setup' },
  })
  const secondFactor = await factorAsked(db, organizationId, member)
  const started = await startSession(deps)(db, {
    ...{ organizationId, member, method: 'setup', identityProviderId: null, secondFactor },
    ...{ browser, address, requestId },
  })
  return { setCookie: started.setCookie, signedIn: signedInOf(started, { member, organization, secondFactor }) }
}
