import type { Route } from '../../http/route.ts'
import type { PeopleDeps } from '../deps.ts'
import type { Actor, Permission } from '../schema.ts'

export function invitationRoutes(_deps: PeopleDeps): Route<Actor, Permission>[] {
  return []
}
