import { z } from 'zod'
import { IdOrSlug } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { route } from '../../people/route.ts'
import type { Actor, Permission } from '../../people/schema.ts'
import { ok } from '../../problems.ts'
import { type AnswerDeps, Claimable, offered, Revealed, revealed } from '../answer.ts'
import { One, showOne } from '../show.ts'
import { type RedeemDeps, redeemClaim } from './redeem.ts'
import { type RenewDeps, renewClaim, withdrawClaim } from './renew.ts'

export type ClaimDeps = AnswerDeps & RedeemDeps & RenewDeps

const ClaimCode = z.strictObject({ code: z.string().min(1).max(128) })

export const claimRoutes = (deps: ClaimDeps): Route<Actor, Permission>[] => {
  const redeem = redeemClaim(deps)
  const renew = renewClaim(deps)
  const withdraw = withdrawClaim(deps)
  const show = showOne(deps)
  return [
    route({
      method: 'POST',
      path: '/claims',
      summary: 'Reveals the secret of a key to its owner, once. A link that was used before is refused and told of',
      // Whose it is counts, and not his role: redeem.ts asks for the scope keys:write.
      needs: { right: 'anyone' },
      body: ClaimCode,
      output: Revealed,
      secretFields: ['secret', 'url'],
      handle: async (actor, { body, requestId }) => {
        const done = await redeem(actor, body.code, requestId)
        if (!done.ok) return done
        const { key, secret } = done.value
        return ok({ ...(await show(actor, key)), ...revealed(deps, key, secret) })
      },
    }),
    route({
      method: 'POST',
      path: '/keys/:id/claim',
      summary: 'Makes a new link for the owner of a key who has not revealed its secret; the one before it ends',
      needs: { right: 'keys:write' },
      params: IdOrSlug,
      body: z.strictObject({}),
      output: Claimable,
      status: 201,
      secretFields: ['claim.url'],
      handle: async (actor, { params, requestId }) => {
        const done = await renew(actor, { id: params.id, requestId })
        if (!done.ok) return done
        return ok({ ...(await show(actor, done.value.key)), claim: offered(deps, done.value.claim) })
      },
    }),
    route({
      method: 'DELETE',
      path: '/keys/:id/claim',
      summary: 'Withdraws the link that waits for the owner of a key',
      needs: { right: 'keys:write' },
      params: IdOrSlug,
      output: One,
      handle: async (actor, { params, requestId }) => {
        const done = await withdraw(actor, { id: params.id, requestId })
        return done.ok ? ok(await show(actor, done.value)) : done
      },
    }),
  ]
}
