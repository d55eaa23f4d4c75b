import { z } from 'zod'
import { IdOrSlug, knownForm } from '../../http/lists.ts'
import type { Browser, Route } from '../../http/route.ts'
import { ok, type Result } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import { createGuesses, type Guess } from '../passwords/guesses.ts'
import { route } from '../route.ts'
import type { Actor, Permission } from '../schema.ts'
import { SignedIn } from '../sessions/schema.ts'
import { isFactorOfRole } from './asked.ts'
import { renewCodes } from './codes.ts'
import { passFactor } from './pass.ts'
import { FactorConfirmation, FactorInput, FactorView, NewFactor, RecoveryCodes, StepUp } from './schema.ts'
import { beginSetUp, confirmSetUp } from './set-up.ts'
import { countRecoveryCodes, findFactor } from './store.ts'
import { turnOff, turnOffOf } from './turn-off.ts'

const SetUpDone = RecoveryCodes.extend({ csrfToken: z.string() })
const Nothing = z.strictObject({})

export function secondFactorRoutes(given: PeopleDeps): Route<Actor, Permission>[] {
  const deps = { ...given, guess: createGuesses(given) }
  return [...setUpRoutes(deps), ...useRoutes(deps)]
}
type Deps = PeopleDeps & { readonly guess: Guess }

function setUpRoutes(deps: Deps): Route<Actor, Permission>[] {
  const begin = beginSetUp(deps)
  const confirm = confirmSetUp(deps)
  const renew = renewCodes(deps)
  return [
    route({
      method: 'POST',
      path: '/me/second-factor',
      summary: 'Makes the secret for an authenticator; over another one takes the password or a current code',
      needs: { right: 'first-factor' },
      body: StepUp,
      output: NewFactor,
      secretFields: ['secret', 'uri', 'qr'],
      signsIn: true,
      handle: (actor, { body, browser, ...asked }) => begin(actor, body, from(asked, browser)),
    }),
    route({
      method: 'POST',
      path: '/me/second-factor/confirm',
      summary: 'Switches the second factor on with a first code; answers recovery codes once, ends other sessions',
      needs: { right: 'first-factor' },
      body: FactorConfirmation,
      output: SetUpDone,
      secretFields: ['recoveryCodes', 'csrfToken'],
      signsIn: true,
      handle: async (actor, { body, browser, ...asked }) =>
        handed(browser, await confirm(actor, body.code, { ...from(asked, browser), cookie: browser?.cookie ?? null })),
    }),
    route({
      method: 'POST',
      path: '/me/second-factor/codes',
      summary: 'Makes new recovery codes and voids the others; takes the password or a current code',
      needs: { right: 'session' },
      body: StepUp,
      output: RecoveryCodes,
      secretFields: ['recoveryCodes'],
      signsIn: true,
      handle: (actor, { body, browser, ...asked }) => renew(actor, body, from(asked, browser)),
    }),
  ]
}

function useRoutes(deps: Deps): Route<Actor, Permission>[] {
  const pass = passFactor(deps)
  const off = turnOff(deps)
  const offOf = turnOffOf(deps)
  return [
    route({
      method: 'POST',
      path: '/sessions/second-factor',
      summary: 'Shows the second factor: the session opens everything from then on, under a new cookie',
      needs: { right: 'first-factor' },
      body: FactorInput,
      output: SignedIn,
      secretFields: ['csrfToken'],
      signsIn: true,
      handle: async (actor, { body, browser, ...asked }) => {
        const shown = await pass(actor, body, { ...from(asked, browser), cookie: browser?.cookie ?? null })
        if (!shown.ok) return shown
        browser?.setCookie(shown.value.setCookie)
        return ok(shown.value.signedIn)
      },
    }),
    route({
      method: 'GET',
      path: '/me/second-factor',
      summary: 'Says whether one has a second factor, whether one needs it, and how many recovery codes are left',
      needs: { right: 'first-factor' },
      output: FactorView,
      handle: (actor) => show(deps, actor),
    }),
    route({
      method: 'DELETE',
      path: '/me/second-factor',
      summary: 'Switches one’s own second factor off; takes the password or a current code',
      needs: { right: 'session' },
      body: StepUp,
      output: Nothing,
      signsIn: true,
      handle: (actor, { body, browser, ...asked }) => off(actor, body, from(asked, browser)),
    }),
    route({
      method: 'DELETE',
      path: '/members/:id/second-factor',
      summary: 'Switches the second factor of a person off who has lost it; ends the sessions of this person',
      needs: { right: 'members:write' },
      params: IdOrSlug,
      output: Nothing,
      handle: (actor, { params, requestId }) => offOf(actor, knownForm(params.id), requestId),
    }),
  ]
}

const from = (asked: { readonly requestId: string; readonly address: string }, browser: Browser | undefined) => ({
  requestId: asked.requestId,
  address: asked.address,
  isProxy: browser?.isProxy ?? false,
})

/** The cookie goes its own way: nothing of it stands in an answer. */
function handed<T extends { readonly setCookie: string }>(
  browser: Browser | undefined,
  done: Result<T>,
): Result<Omit<T, 'setCookie'>> {
  if (!done.ok) return done
  const { setCookie, ...answer } = done.value
  browser?.setCookie(setCookie)
  return ok(answer)
}

const show = (
  { read }: Pick<PeopleDeps, 'read'>,
  { organizationId, memberId, role }: Actor,
): Promise<Result<z.infer<typeof FactorView>>> =>
  read(organizationId, async (db) => {
    const { confirmed, draft } = await findFactor(db, organizationId, memberId)
    return ok({
      state: confirmed ? ('on' as const) : draft ? ('draft' as const) : ('off' as const),
      required: await isFactorOfRole(db, organizationId, role),
      confirmedAt: confirmed ? new Date(confirmed.at).toISOString() : null,
      codesLeft: await countRecoveryCodes(db, organizationId, memberId),
    })
  })
