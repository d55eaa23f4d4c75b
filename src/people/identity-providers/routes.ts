import type { Route } from '../../http/route.ts'
import type { PeopleDeps } from '../deps.ts'
import type { Actor, Permission } from '../schema.ts'

export function identityProviderRoutes(_deps: PeopleDeps): Route<Actor, Permission>[] {
  return []
}
