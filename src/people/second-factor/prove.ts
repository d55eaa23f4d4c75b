import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import type { Guess } from '../passwords/guesses.ts'
import { findSignInSecrets } from '../passwords/store.ts'
import type { Actor } from '../schema.ts'
import type { TellDeps } from '../tell.ts'
import { isAlarming } from './guesses.ts'
import { type Addressee, addresseeOf, tellFactor } from './letters.ts'
import { type PresentDeps, type Presented, presentFactor } from './present.ts'
import type { FactorInput, StepUp } from './schema.ts'

export type ProveDeps = PresentDeps &
  TellDeps &
  Pick<ChangeDeps, 'read' | 'system'> &
  Pick<SignInDeps, 'attempts' | 'isPassword'> & { readonly guess: Guess }

/** Who asks from where; `isProxy`: the address stands for many. */
export type AskedFrom = { readonly requestId: string; readonly address: string; readonly isProxy: boolean }

const wrong = 'The code is wrong, has been used, or is of another time.'

/**
 * Shows a code, and does what it opens in the same unit of work: a code that was used up has opened something. The unit
 * is one of the system, for sessions of one browser stand in several organizations.
 */
export const proveFactor =
  (deps: ProveDeps) =>
  async <T>(
    actor: Actor,
    input: FactorInput,
    asked: AskedFrom,
    then: (db: Db) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const { organizationId, memberId } = actor
    const waiting = refuseMany(deps, actor, asked)
    if (waiting) return waiting
    type Shown = { readonly presented: Presented; readonly to: Addressee; readonly value?: T }
    const show = async (db: Db): Promise<Result<Shown>> => {
      const presented = await presentFactor(deps)(db, actor, input, asked.requestId)
      const to = await addresseeOf(db, organizationId, memberId)
      if (presented.is !== 'right') return ok({ presented, to })
      const done = await then(db)
      return done.ok ? ok({ presented, to, value: done.value }) : done
    }
    const done = await untilCurrent(null, () => deps.system.transaction(show))
    if (!done.ok) return done
    const { presented, to, value } = done.value
    if (presented.is === 'right' && value !== undefined) {
      if (input.code === undefined) tellFactor(deps, to, 'code-used')
      return ok(value)
    }
    if (presented.is === 'wrong') countWrong(deps, actor, asked)
    if (presented.is === 'wrong' && isAlarming(presented.guesses)) tellFactor(deps, to, 'guessed')
    return refusalOf(presented)
  }

const refusalOf = (presented: Presented): ReturnType<typeof refuse> => {
  if (presented.is === 'early') return refuse('too_many_attempts', { retryAfterSeconds: presented.seconds })
  return presented.is === 'absent'
    ? refuse('not_found', { detail: 'You have no second factor: set one up.' })
    : refuse('sign_in_refused', { detail: wrong })
}

/** Whoever is signed in proves once more that it is himself, before what he changes keeps him out or others in. */
export const stepUp =
  (deps: ProveDeps) =>
  async (actor: Actor, { password, ...factor }: StepUp, asked: AskedFrom): Promise<Result<true>> => {
    const given = [password, factor.code, factor.recoveryCode].filter((one) => one !== undefined)
    if (given.length !== 1)
      return refuse('invalid', { detail: 'Prove that it is you: send your password, or a current code, one of them.' })
    if (password === undefined) return proveFactor(deps)(actor, factor, asked, async () => ok(true))
    const { organizationId, memberId } = actor
    const secrets = await deps.read(organizationId, (db) => findSignInSecrets(db, organizationId, memberId))
    const presented = new Secret(password, 'password')
    // The same count as for a change of the password, for it is the same guess.
    const who = { name: `password ${memberId}`, source: asked.address, isProxy: asked.isProxy }
    const proved = await deps.guess(who, async () => {
      const isRight = await deps.isPassword(organizationId, memberId, presented, secrets?.password ?? null)
      return isRight.ok ? ok(isRight.value ? (true as const) : null) : isRight
    })
    if (!proved.ok) return proved
    return proved.value === null ? refuse('sign_in_refused', { detail: 'The password is wrong.' }) : ok(true)
  }

const nameOf = ({ memberId }: Actor): string => `second factor of ${memberId}`

const refuseMany = ({ attempts }: ProveDeps, actor: Actor, { address, isProxy }: AskedFrom) => {
  const seconds = attempts.blocked(nameOf(actor), address, isProxy)
  return seconds > 0 ? refuse('too_many_attempts', { retryAfterSeconds: seconds }) : null
}
const countWrong = ({ attempts }: ProveDeps, actor: Actor, { address, isProxy }: AskedFrom): void =>
  attempts.failed(nameOf(actor), address, isProxy)
