import type { PlainLetter } from '../deps.ts'

export type Invited = {
  /** Who invites. */
  readonly inviter: string
  readonly organization: string
  readonly email: string
  readonly url: string
  readonly expiresAt: number
}

/** Plain text: what somebody called himself can be no link and no picture in it. */
export const invitationLetter = ({ inviter, organization, email, url, expiresAt }: Invited): PlainLetter => ({
  to: email,
  subject: `Invitation to ${organization}`,
  text: `${inviter} invites you to ${organization} on Ostiary, where keys to AI services and tools are managed.

Open this link, choose a password, and you are in:

${url}

It is for ${email} only, works once, and ends on ${utc(expiresAt)}. Whoever has the link and knows your address can use it: do not pass it on.

If you do not expect this, do nothing: without the link nobody comes in as you.
`,
})

const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' at ')} UTC`
