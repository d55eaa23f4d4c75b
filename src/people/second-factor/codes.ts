import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Actor } from '../schema.ts'
import { type AskedFrom, stepUp } from './prove.ts'
import { newRecoveryCodes, recoveryHash } from './recovery-codes.ts'
import type { RecoveryCodes, StepUp } from './schema.ts'
import type { SetUpDeps } from './set-up.ts'
import { findFactor, replaceRecoveryCodes } from './store.ts'

/** Those of before are void. */
export const renewCodes =
  (deps: SetUpDeps) =>
  async (actor: Actor, proof: StepUp, asked: AskedFrom): Promise<Result<RecoveryCodes>> => {
    const { organizationId, memberId } = actor
    const proved = await stepUp(deps)(actor, proof, asked)
    if (!proved.ok) return proved
    const recoveryCodes = newRecoveryCodes(deps.randomBytes)
    return deps.transaction(organizationId, async (db) => {
      const { confirmed } = await findFactor(db, organizationId, memberId)
      if (!confirmed) return refuse('not_found', { detail: 'You have no second factor: set one up.' })
      const at = deps.now()
      const hashes = recoveryCodes.map((code) => recoveryHash(organizationId, memberId, code))
      await replaceRecoveryCodes(db, organizationId, memberId, { hashes, at })
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId: asked.requestId,
        actor: audited(actor),
        action: 'second-factor.codes-created',
        subject: { kind: 'member', id: memberId, name: actor.name },
        after: { codesLeft: recoveryCodes.length },
      })
      return ok({ recoveryCodes })
    })
  }
