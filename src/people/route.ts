import { routeOf } from '../http/route.ts'
import type { Actor, Permission } from './schema.ts'

export const route = routeOf<Actor, Permission>()
