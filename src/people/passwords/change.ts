import { z } from 'zod'
import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Database } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { SignInDeps } from '../deps.ts'
import { holdMember } from '../members/store.ts'
import { withdrawResets } from '../resets/store.ts'
import type { Actor } from '../schema.ts'
import { newCookie } from '../sessions/new-cookie.ts'
import type { FromBrowser } from '../sessions/sign-in.ts'
import type { StartDeps } from '../sessions/start.ts'
import { endSessionsOf } from '../sessions/store.ts'
import { findMember } from '../store.ts'
import type { Guess } from './guesses.ts'
import { password, passwordProblem, presentedPassword } from './rules.ts'
import { findSignInSecrets, setPassword } from './store.ts'

export const PasswordChange = z.strictObject({ current: presentedPassword, password })
export type PasswordChange = z.infer<typeof PasswordChange>
export const PasswordChanged = z.strictObject({
  /** The cookie has a new value, and this belongs to it. */
  csrfToken: z.string(),
  /** Other browsers of this person that were signed in. */
  sessionsEnded: z.int(),
})
export type PasswordChanged = z.infer<typeof PasswordChanged>

type Deps = StartDeps &
  Pick<SignInDeps, 'isPassword' | 'hashPassword'> & {
    readonly system: Pick<Database['system'], 'read' | 'transaction'>
    readonly guess: Guess
  }

/** Whoever has stolen the session or its cookie is out afterwards. Who has no password yet sets one by a reset link. */
export const changePassword =
  (deps: Deps) =>
  async (actor: Actor, input: PasswordChange, from: FromBrowser): Promise<Result<PasswordChanged>> => {
    const { organizationId, memberId } = actor
    const [member, secrets] = await deps.system.read(async (db) => [
      await findMember(db, organizationId, memberId),
      await findSignInSecrets(db, organizationId, memberId),
    ])
    if (!member) return refuse('not_found')
    const problem = passwordProblem(input.password, member)
    if (problem) return refuse('invalid', { detail: `The password ${problem.detail}.`, errors: [problem] })
    const stored = secrets?.password ?? null
    const who = { name: `password ${memberId}`, source: from.address, isProxy: from.browser.isProxy }
    const guessed = await deps.guess(who, async () => {
      const right = await deps.isPassword(organizationId, memberId, new Secret(input.current, 'password'), stored)
      return right.ok ? ok(right.value ? stored : null) : right
    })
    if (!guessed.ok) return guessed
    if (guessed.value === null) return wrongCurrent
    const hashed = await deps.hashPassword(organizationId, memberId, new Secret(input.password, 'password'))
    if (!hashed.ok) return hashed
    const at = deps.now()
    const done = await deps.system.transaction(async (db) => {
      // Held, so that of two changes the second one sees the first.
      if (!(await holdMember(db, organizationId, memberId))) return refuse('not_found')
      const now = await findSignInSecrets(db, organizationId, memberId)
      if (now?.password?.phc !== stored?.phc) return wrongCurrent
      await setPassword(db, organizationId, memberId, hashed.value, at)
      await withdrawResets(db, organizationId, memberId, { at })
      const end = { at, why: 'password', ...(actor.session && { except: actor.session.id }) }
      const sessionsEnded = await endSessionsOf(db, organizationId, memberId, end)
      const cookie = await newCookie(deps, db, { cookie: from.browser.cookie, replacing: null, at })
      await insertEvent(db, organizationId, {
        ...{ id: deps.newId('evt'), at, requestId: from.requestId, actor: audited(actor) },
        action: 'password.set',
        subject: { kind: 'member', id: memberId, name: member.name },
        after: { by: 'himself', sessionsEnded },
      })
      return ok({ line: cookie.line(), csrfToken: cookie.csrfToken, sessionsEnded })
    })
    if (!done.ok) return done
    const { line, ...answer } = done.value
    from.browser.setCookie(line)
    return ok(answer)
  }

const wrongCurrent: Result<never> = refuse('invalid', {
  detail: 'This is not your password.',
  errors: [{ pointer: '/current', detail: 'is not your password' }],
})
