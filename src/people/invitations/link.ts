import { hash } from 'node:crypto'
import type { Db } from '../../db/database.ts'
import { Secret } from '../../secret.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import type { Actor } from '../schema.ts'
import type { CodeDeps } from '../setup.ts'
import { type Invited, invitationLetter } from './letter.ts'
import type { Offered } from './schema.ts'
import { type Link, noteMailed } from './store.ts'

export type LinkDeps = Pick<ChangeDeps, 'transaction' | 'now'> &
  CodeDeps &
  Pick<SignInDeps, 'sendLetter' | 'later' | 'controlUrl'>

const days = 7
const validMs = days * 86_400_000

/** The code in the clear is in the letter or in the answer, and nowhere else. */
export type NewLink = Link & { readonly code: Secret }

export function newLink(deps: Pick<LinkDeps, 'newCode' | 'now'>, createdBy: string): NewLink {
  const code = new Secret(deps.newCode(), 'invitation code')
  return { code, codeHash: hashOf(code.reveal()), createdBy, expiresAt: deps.now() + validMs }
}

export const hashOf = (code: string): string => hash('sha256', code, 'hex')

/** After the commit: by mail to the person alone where there is mail, else to whoever asked, this once. */
export function handOut(
  deps: LinkDeps,
  organizationId: string,
  { id, link, ...invited }: Omit<Invited, 'url' | 'expiresAt'> & { readonly id: string; readonly link: NewLink },
): Offered {
  const url = `${deps.controlUrl()}/invitation#${link.code.reveal()}`
  const { sendLetter } = deps
  const offered = { id, expiresAt: new Date(link.expiresAt).toISOString() }
  if (sendLetter === null) return { ...offered, url }
  deps.later('mail an invitation', async () => {
    await sendLetter(invitationLetter({ ...invited, url, expiresAt: link.expiresAt }))
    const note = (db: Db) => noteMailed(db, organizationId, link.codeHash, deps.now())
    await deps.transaction(organizationId, note)
  })
  return { ...offered, mailedTo: invited.email }
}

/** With whose rights the link opens: the operator's own token stands for itself, whoever the first owner is by then. */
export const createdByOf = (actor: Pick<Actor, 'kind' | 'memberId'>): string =>
  actor.kind === 'bootstrap' ? bootstrap : actor.memberId
export const bootstrap = 'bootstrap'
