import { ok, type Result } from '../../problems.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import { holdMember } from '../members/store.ts'
import type { CodeDeps } from '../setup.ts'
import { findMember, findOrganization } from '../store.ts'
import { tell } from '../tell.ts'
import { makeReset, resetUrl, validMs } from './make.ts'
import type { ResetRequest } from './schema.ts'
import { type Account, accountsOf, countMailed } from './store.ts'

export type AskDeps = CodeDeps &
  Pick<ChangeDeps, 'read' | 'system' | 'transaction'> &
  Pick<SignInDeps, 'attempts' | 'sendLetter' | 'later' | 'controlUrl'>
export type AskedBy = { readonly requestId: string; readonly address: string; readonly isProxy: boolean }

/** At the same time, over all who ask: more of it is a flood, and is let go. */
const atOnce = 50
/** Letters to one mailbox while a link in it is good: who gets no more has one that works, or has been told why not. */
const lettersAtMost = 5
const accountsAtMost = 20

/**
 * Says yes, whatever there is. Nothing is looked up before the answer, so that its time says nothing either, and whoever
 * asks too often is not told so.
 */
export const askReset = (deps: AskDeps) => {
  let running = 0
  const { attempts, later } = deps
  const isFull = createMailboxes(deps.now)
  return async (input: ResetRequest, asked: AskedBy): Promise<Result<Record<string, never>>> => {
    const name = `new password for ${input.email}`
    const isTooMuch = running >= atOnce || attempts.blocked(name, asked.address, asked.isProxy) > 0
    if (isTooMuch || deps.sendLetter === null) return ok({})
    attempts.failed(name, asked.address, asked.isProxy)
    running += 1
    later('password reset', () =>
      writeLetter({ ...deps, isFull }, input, asked).finally(() => {
        running -= 1
      }),
    )
    return ok({})
  }
}

/** Letters without a link stand in no table, so this control counts those that it writes: of known addresses alone. */
function createMailboxes(now: () => number): (email: string) => boolean {
  const written = new Map<string, { readonly since: number; readonly letters: number }>()
  return (email) => {
    for (const [one, { since }] of written) {
      if (since > now() - validMs) break
      written.delete(one)
    }
    const { since, letters } = written.get(email) ?? { since: now(), letters: 0 }
    if (letters < lettersAtMost) written.set(email, { since, letters: letters + 1 })
    return letters >= lettersAtMost
  }
}

type LetterDeps = AskDeps & { readonly isFull: ReturnType<typeof createMailboxes> }

/** One letter, whose links are one for each organization: accounts under one address have nothing in common. */
async function writeLetter(deps: LetterDeps, { email, organization }: ResetRequest, asked: AskedBy): Promise<void> {
  const where = { organization: organization ?? null, limit: accountsAtMost }
  const accounts = await deps.system.read((db) => accountsOf(db, email, where))
  if (accounts.length === 0 || deps.isFull(email)) return
  const parts: string[] = []
  for (const account of accounts) {
    const part = await partFor(deps, account, asked)
    if (part !== null) parts.push(part)
  }
  if (parts.length === 0) return
  const lines = [asking, ...parts, ending]
  tell(deps, email, { subject: 'Your new password', lines })
}

const asking = 'Somebody, probably you, asked for a new password for this address.'
const ending =
  'A link works once, within 30 minutes, and a newer one ends it. If it was not you who asked, do nothing: your ' +
  'password stays as it is.'

/** Null: there is nothing to say, or it was said often enough. */
const partFor = async (deps: AskDeps, account: Account, asked: AskedBy): Promise<string | null> => {
  const { organizationId, memberId, hasComeIn } = account
  return deps.transaction(organizationId, async (db) => {
    const organization = await findOrganization(db, organizationId)
    const member = await findMember(db, organizationId, memberId)
    if (!organization || !member) return null
    const place = `${organization.name} (${organization.slug})`
    if (organization.policies.passwordSignIn === 'off') return `${place}: people come in through its identity provider.`
    if (!hasComeIn) return `${place}: you have not come in yet. Ask whoever invited you for a new invitation.`
    await holdMember(db, organizationId, memberId)
    if ((await countMailed(db, organizationId, memberId, deps.now() - validMs)) >= lettersAtMost) return null
    const by = { kind: 'system', id: 'stranger', name: 'stranger', address: asked.address }
    const { code } = await makeReset(db, deps, organizationId, {
      member,
      kind: 'mail',
      by,
      requestId: asked.requestId,
    })
    return `${place}: ${resetUrl(deps.controlUrl(), code)}`
  })
}
