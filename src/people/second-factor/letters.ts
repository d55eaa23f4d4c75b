import type { Db } from '../../db/database.ts'
import { findMember, findOrganization } from '../store.ts'
import { type TellDeps, tell } from '../tell.ts'

/** What a person hears about his second factor, so that nobody else changes it unnoticed. */
const texts = {
  on: {
    subject: 'A second factor was set up',
    text: 'An authenticator was set up for your account. From now on a code of it is asked for when you sign in.',
  },
  off: {
    subject: 'Your second factor was switched off',
    text: 'Codes of your authenticator are no longer asked for when you sign in, and your recovery codes are void.',
  },
  'code-used': {
    subject: 'A recovery code was used',
    text: 'Somebody came in with one of your recovery codes in place of a code of your authenticator.',
  },
  guessed: {
    subject: 'Wrong codes at your second factor',
    text: 'Somebody has shown your password and then several wrong codes in a row. Whoever it was is not in.',
  },
} as const
const advice = 'If it was not you, choose a new password now, and tell whoever looks after this organization.'

export type FactorNews = keyof typeof texts
/** Whom it concerns, and under which name he knows the account; null: nobody can be told. */
export type Addressee = { readonly email: string; readonly organization: string } | null

export async function addresseeOf(db: Db, organizationId: string, memberId: string): Promise<Addressee> {
  const member = await findMember(db, organizationId, memberId)
  const organization = await findOrganization(db, organizationId)
  return member && organization ? { email: member.email, organization: organization.name } : null
}

export function tellFactor(deps: TellDeps, addressee: Addressee, news: FactorNews): void {
  if (addressee === null) return
  const { subject, text } = texts[news]
  const lines = [text, `Organization: ${addressee.organization}`, advice]
  tell(deps, addressee.email, { subject: `${subject} (${addressee.organization})`, lines })
}
