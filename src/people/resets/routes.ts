import { z } from 'zod'
import { IdOrSlug, knownForm } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { ok } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { route } from '../route.ts'
import type { Actor, Permission } from '../schema.ts'
import { askReset } from './ask.ts'
import { offerReset } from './offer.ts'
import { NewPassword, redeemReset } from './redeem.ts'
import { PasswordResetView, Redeemed, ResetRequest } from './schema.ts'

export function resetRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const ask = askReset(deps)
  const redeem = redeemReset(deps)
  const offer = offerReset(deps)
  return [
    route({
      method: 'POST',
      path: '/password-resets',
      summary: 'Mails a link for a new password to an address, if somebody has it; the answer is the same',
      needs: { right: 'public', because: 'whoever has lost the password cannot sign in; the mailbox is the proof' },
      body: ResetRequest,
      output: z.strictObject({}),
      status: 202,
      signsIn: true,
      handle: (_stranger, { body, requestId, address, browser }) =>
        ask(body, { requestId, address, isProxy: browser?.isProxy ?? false }),
    }),
    route({
      method: 'POST',
      path: '/password-resets/redeem',
      summary: 'Sets a new password with the code of a link; one that was made on the host signs in as well',
      needs: { right: 'public', because: 'the code of 256 bits is the proof' },
      body: NewPassword,
      output: Redeemed,
      secretFields: ['csrfToken'],
      signsIn: true,
      handle: async (_stranger, { body, requestId, address, browser }) => {
        const from = { requestId, address, browser: browser ?? { cookie: null, userAgent: '' } }
        const done = await redeem(body, from)
        if (!done.ok) return done
        if (done.value.setCookie !== null) browser?.setCookie(done.value.setCookie)
        return ok(done.value.answer)
      },
    }),
    route({
      method: 'POST',
      path: '/members/:id/password-reset',
      summary: 'Makes a link with which a person chooses a new password; mailed, or shown where there is no mail',
      needs: { right: 'members:write' },
      params: IdOrSlug,
      output: z.strictObject({ passwordReset: PasswordResetView }),
      status: 201,
      secretFields: ['passwordReset.url'],
      handle: (actor, { params, requestId }) => offer(actor, knownForm(params.id), requestId),
    }),
  ]
}
