import { audited } from '../../audit/audited.ts'
import type { AuditAction } from '../../audit/schema.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import type { ChangeDeps } from '../deps.ts'
import { nameFrom } from '../members/create.ts'
import { memberView } from '../members/view.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor } from '../schema.ts'
import { insertMember, type Member } from '../store.ts'
import type { Said } from './claims.ts'
import { type By, followGroups } from './groups.ts'
import { hasIdentity, linkIdentity, noteIdentity, personByAddress, personBySubject } from './identities/store.ts'
import { firstRole } from './rules.ts'
import type { SingleSignOnError } from './schema.ts'
import { findProvider, type IdentityProvider } from './store.ts'

type Deps = Pick<ChangeDeps, 'newId' | 'now'>
export type Arrival = {
  readonly provider: IdentityProvider
  readonly said: Said
  readonly address: string
  readonly requestId: string
}
export type Refused = { readonly ok: false; readonly error: SingleSignOnError; readonly why: string }
export type Admitted = {
  readonly ok: true
  readonly provider: IdentityProvider
  readonly member: Member
  /** Of the news to gateways. */
  readonly rows: readonly number[]
  readonly missingTeams: readonly string[]
}

/**
 * Who of the organization somebody is of whom its provider has spoken, made and changed as the provider's settings say.
 * Nothing but the provider's own organization is looked at: whatever it asserts, it gains nothing in another.
 */
export async function admit(db: Db, deps: Deps, arrival: Arrival): Promise<Admitted | Refused> {
  const { organizationId, id } = arrival.provider
  await holdPeople(db, organizationId)
  // As it is now: somebody may have switched it off while its answer was on the way.
  const provider = await findProvider(db, organizationId, id)
  if (provider?.state !== 'active') return refused('sso_unknown', 'it was switched off')
  const now = { ...arrival, provider }
  const known = await whoIs(db, now)
  if ('error' in known) return known
  const { member, rows } = await entered(db, deps, now, known)
  const ruled = { settings: provider.settings, groups: arrival.said.groups, by: byOf(now) }
  const grouped = await followGroups(db, deps, member, ruled)
  return {
    ok: true,
    provider,
    member: grouped.member,
    rows: [...rows, ...grouped.rows],
    missingTeams: grouped.missing,
  }
}

const refused = (error: SingleSignOnError, why: string): Refused => ({ ok: false, error, why })

/** `knows`: the subject was here before. Null as member: nobody has the address, and the settings let him begin. */
type Known = { readonly member: Member; readonly knows: boolean } | { readonly member: null; readonly email: string }

async function whoIs(db: Db, { provider, said }: Arrival): Promise<Known | Refused> {
  const { organizationId, id, settings } = provider
  const former = await personBySubject(db, organizationId, id, said.subject)
  if (former?.state === 'deactivated') return refused('member_deactivated', `${former.member.id} is deactivated`)
  if (former?.state === 'active') return orOperator(provider, { member: former.member, knows: true })
  if (said.email === null) return refused('sso_address', 'no verified address of its domains was said')
  const person = await personByAddress(db, organizationId, said.email)
  if (person?.state === 'deactivated') return refused('member_deactivated', `${person.member.id} is deactivated`)
  if (person?.state === 'active') {
    // Addresses are given to somebody new when somebody leaves, subjects never are (OpenID Connect Core §5.7).
    if (await hasIdentity(db, organizationId, id, person.member.id))
      return refused('sso_taken', `${person.member.id} is another subject there`)
    return orOperator(provider, { member: person.member, knows: false })
  }
  // Whoever was removed comes back when somebody wants him back, not by himself.
  if (former !== null || person !== null) return refused('sso_not_member', 'he was removed')
  if (settings.provisioning === 'off') return refused('sso_not_member', 'nobody has the address')
  return { member: null, email: said.email }
}

/** Owners write its settings, and no owner makes himself an operator with them. */
const orOperator = (
  { settings }: IdentityProvider,
  known: { readonly member: Member; readonly knows: boolean },
): Known | Refused =>
  known.member.isOperator && !settings.operators
    ? refused('sso_operator', 'it was last changed by somebody who is no operator')
    : known

async function entered(db: Db, deps: Deps, arrival: Arrival, known: Known) {
  const { provider, said } = arrival
  const { organizationId } = provider
  const at = deps.now()
  const identity = { providerId: provider.id, subject: said.subject, at }
  if (known.member !== null && known.knows) {
    await noteIdentity(db, organizationId, identity)
    return { member: known.member, rows: [] }
  }
  const member = known.member ?? newMember(deps, arrival, known.email, at)
  const rows: number[] = []
  if (known.member === null) {
    await insertMember(db, organizationId, member)
    await tell(db, deps, arrival, member, { action: 'member.created', after: memberView(member) })
    rows.push(await announce(db, organizationId, { kind: 'member', id: member.id, at }))
  }
  await linkIdentity(db, organizationId, { ...identity, memberId: member.id })
  const after = { identityProvider: provider.id, subject: said.subject, email: said.email }
  await tell(db, deps, arrival, member, { action: 'identity.linked', after })
  return { member, rows }
}

const newMember = (deps: Deps, { provider, said }: Arrival, email: string, createdAt: number): Member => ({
  id: deps.newId('mem'),
  email,
  name: said.name ?? nameFrom(email),
  role: firstRole(provider.settings, said.groups),
  isOperator: false,
  createdAt,
  revision: 1,
})

/** The provider does it: nobody who is signed in does. */
const byOf = ({ provider, address, requestId }: Arrival): By => {
  const actor: Actor = {
    kind: 'system',
    organizationId: provider.organizationId,
    memberId: provider.id,
    name: provider.name,
    role: 'auditor',
    scopes: [],
    operator: false,
    credentialId: provider.id,
    address,
  }
  return { actor, requestId }
}

type Told = { readonly action: AuditAction; readonly after: object }

const tell = (db: Db, deps: Deps, arrival: Arrival, { id, name }: Member, { action, after }: Told): Promise<void> =>
  insertEvent(db, arrival.provider.organizationId, {
    id: deps.newId('evt'),
    at: deps.now(),
    requestId: arrival.requestId,
    actor: audited(byOf(arrival).actor),
    action,
    subject: { kind: 'member', id, name },
    after,
  })
