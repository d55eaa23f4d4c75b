import type { Route } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import type { AccessRequestDeps } from './deps.ts'

export function accessRequestRoutes(_deps: AccessRequestDeps): Route<Actor, Permission>[] {
  return []
}
