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
import { type Actor, MeView, type Permission } from './schema.ts'
import { secondFactorRoutes } from './second-factor/routes.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { setupRoutes } from './setup/routes.ts'
import { teamRoutes } from './teams/routes.ts'
import { tokenRoutes } from './tokens/routes.ts'

export type { PeopleDeps } from './deps.ts'

export function peopleRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  return [
    ...setupRoutes(deps),
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
