import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import type { PeopleDeps } from '../deps.ts'
import { route } from '../route.ts'
import type { Actor, Permission } from '../schema.ts'
import { browserOf } from '../sessions/browser.ts'
import { SignedIn } from '../sessions/schema.ts'
import { redeemSetup } from '../setup.ts'
import { OneToken } from '../tokens/routes.ts'
import { withRefs } from '../tokens/view.ts'
import { SetupInput } from './input.ts'

/** Who chose a password is signed in, too. */
const SetUp = OneToken.extend({ secret: z.string(), ...SignedIn.partial().shape })

export function setupRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const redeem = redeemSetup(deps)
  return [
    route({
      method: 'POST',
      path: '/setup',
      summary:
        'Turns the one-time code of the setup link into the first management token and, with a password, a sign-in',
      needs: { right: 'public', because: 'nobody can sign in before it; the code of 256 bits is the proof' },
      body: SetupInput,
      output: SetUp,
      status: 201,
      signsIn: true,
      secretFields: ['secret', 'csrfToken'],
      handle: async (_stranger, { body, ...from }) =>
        withRefs(deps, await redeem(body, { ...from, browser: browserOf(from) })),
    }),
  ]
}
