import type { Member, OrganizationRow } from '../store.ts'
import type { FactorState, SessionView, SignedIn } from './schema.ts'
import type { Started } from './start.ts'
import type { Session } from './store.ts'

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

/** `currentId`: of the session that asks. */
export const sessionView = (session: Session, currentId: string | null): SessionView => ({
  ...sessionFacts(session),
  lastUsedAt: iso(session.lastUsedAt),
  endedAt: isoOrNull(session.endedAt),
  current: session.id === currentId,
})

/** What does not change, for the log. */
export const sessionFacts = (session: Session) => ({
  id: session.id,
  member: session.memberId,
  organization: session.organizationId,
  method: session.method,
  identityProvider: session.identityProviderId,
  address: session.address,
  userAgent: session.userAgent,
  secondFactorAt: isoOrNull(session.secondFactorAt),
  createdAt: iso(session.createdAt),
  expiresAt: iso(session.expiresAt),
})

type Whose = {
  readonly member: Pick<Member, 'id' | 'name' | 'email' | 'role'>
  readonly organization: Pick<OrganizationRow, 'id' | 'slug' | 'name'>
  readonly secondFactor: FactorState
}

/** The answer of every way in. */
export const signedInOf = (
  { session, csrfToken }: Pick<Started, 'session' | 'csrfToken'>,
  { member, organization, secondFactor }: Whose,
): SignedIn => ({
  session,
  csrfToken,
  member: { id: member.id, name: member.name, email: member.email, role: member.role },
  organization: { id: organization.id, slug: organization.slug, name: organization.name },
  secondFactor,
})
