import type { Route } from '../http/route.ts'
import { route } from '../people/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { type FindingDeps, FindingList, FindingQuery, findings } from './find.ts'

export type { FindingDeps } from './find.ts'

export const findingRoutes = (deps: FindingDeps): Route<Actor, Permission>[] => {
  const find = findings(deps)
  return [
    route({
      method: 'GET',
      path: '/findings',
      summary:
        'What somebody should look at: keys that are shared, unused, old or wider than their use, each with its fix',
      needs: { right: 'findings:read' },
      query: FindingQuery,
      output: FindingList,
      handle: (actor, { query }) => find(actor, query),
    }),
  ]
}
