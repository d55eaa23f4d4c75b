import { z } from 'zod'
import type { Route } from '../http/route.ts'
import type { PeopleDeps } from './deps.ts'
import { identityProviderRoutes } from './identity-providers/routes.ts'
import { invitationRoutes } from './invitations/routes.ts'
import { leavingRoutes } from './leaving/routes.ts'
import { me } from './me.ts'
import { memberRoutes } from './members/routes.ts'
import { organizationRoutes } from './organizations/routes.ts'
import { resetRoutes } from './resets/routes.ts'
import { route } from './route.ts'
import { type Actor, MeView, type Permission, SetupInput } from './schema.ts'
import { secondFactorRoutes } from './second-factor/routes.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { redeemSetup } from './setup.ts'
import { teamRoutes } from './teams/routes.ts'
import { OneToken, tokenRoutes } from './tokens/routes.ts'
import { withRefs } from './tokens/view.ts'

export type { PeopleDeps } from './deps.ts'

export function peopleRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const redeem = redeemSetup(deps)
  return [
    route({
      method: 'POST',
      path: '/setup',
      summary: 'Turns the one-time code of the setup link into the first management token',
      needs: { right: 'public', because: 'nobody can sign in before it; the code of 256 bits is the proof' },
      body: SetupInput,
      output: OneToken.extend({ secret: z.string() }),
      status: 201,
      secretFields: ['secret'],
      handle: async (_stranger, { body, ...asked }) => withRefs(deps, await redeem(body.code, asked)),
    }),
    ...tokenRoutes(deps),
    route({
      method: 'GET',
      path: '/me',
      summary: 'Says who is asking, and with which rights',
      needs: { right: 'anyone' },
      output: MeView,
      handle: (actor) => me(deps, actor),
    }),
    ...organizationRoutes(deps),
    ...memberRoutes(deps),
    ...teamRoutes(deps),
    ...sessionRoutes(deps),
    ...secondFactorRoutes(deps),
    ...resetRoutes(deps),
    ...invitationRoutes(deps),
    ...leavingRoutes(deps),
    ...identityProviderRoutes(deps),
  ]
}
