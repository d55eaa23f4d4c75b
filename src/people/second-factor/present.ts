import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import type { Actor } from '../schema.ts'
import { delayAfter } from './guesses.ts'
import { placeOf } from './place.ts'
import { recoveryHash } from './recovery-codes.ts'
import type { FactorInput } from './schema.ts'
import { countRecoveryCodes, delayGuesses, findFactor, takeGuess, useRecoveryCode, useStep } from './store.ts'
import { stepOf } from './totp.ts'

export type PresentDeps = Pick<ChangeDeps, 'now' | 'newId'> & Pick<SignInDeps, 'decryptText'>

/** Not a `Result`: a wrong code is written down, and a refusal would take that back (db/database.ts). */
export type Presented =
  | { readonly is: 'right' }
  | { readonly is: 'absent' }
  /** `guesses`: how many since the last right one. */
  | { readonly is: 'wrong'; readonly guesses: number }
  | { readonly is: 'early'; readonly seconds: number }

/** Looks at a code within the caller's unit of work, and uses it up. */
export const presentFactor =
  (deps: PresentDeps) =>
  async (db: Db, actor: Actor, { code, recoveryCode }: FactorInput, requestId: string): Promise<Presented> => {
    if (code !== undefined) return presentCode(deps, db, actor, code)
    if (recoveryCode !== undefined) return presentRecovery(deps, db, actor, { recoveryCode, requestId })
    return { is: 'wrong', guesses: 0 }
  }

async function presentCode(deps: PresentDeps, db: Db, actor: Actor, code: string): Promise<Presented> {
  const { organizationId, memberId } = actor
  const now = deps.now()
  const turn = await takeGuess(db, organizationId, memberId, now)
  if (!turn) {
    const { confirmed, openAt } = await findFactor(db, organizationId, memberId)
    return confirmed ? { is: 'early', seconds: Math.ceil((openAt - now) / 1000) } : { is: 'absent' }
  }
  const shared = await deps.decryptText(db, organizationId, placeOf(memberId), turn.blob)
  const step = stepOf(shared, code, now)
  if (step !== null && (await useStep(db, organizationId, memberId, step))) return { is: 'right' }
  await delayGuesses(db, organizationId, memberId, now + delayAfter(turn.guesses))
  return { is: 'wrong', guesses: turn.guesses }
}

type Recovery = { readonly recoveryCode: string; readonly requestId: string }

/** Too long to be guessed, so that nothing delays it: whoever guesses codes cannot keep the owner out. */
async function presentRecovery(deps: PresentDeps, db: Db, actor: Actor, asked: Recovery): Promise<Presented> {
  const { organizationId, memberId } = actor
  const at = deps.now()
  const hash = recoveryHash(organizationId, memberId, asked.recoveryCode)
  if (!(await useRecoveryCode(db, organizationId, memberId, { hash, at }))) {
    const { confirmed } = await findFactor(db, organizationId, memberId)
    return confirmed ? { is: 'wrong', guesses: 0 } : { is: 'absent' }
  }
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: asked.requestId,
    actor: audited(actor),
    action: 'second-factor.code-used',
    subject: { kind: 'member', id: memberId, name: actor.name },
    after: { codesLeft: await countRecoveryCodes(db, organizationId, memberId) },
  })
  return { is: 'right' }
}
