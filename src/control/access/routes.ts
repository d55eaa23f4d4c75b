import { z } from 'zod'
import { ExplainInput, Explanation, KeyAccess, MyCatalog } from '../../access/schema.ts'
import { cursor, IdOrSlug, limit } from '../../http/lists.ts'
import { route } from '../../people/route.ts'
import type { ControlRoute } from '../call.ts'
import { myCatalog } from './catalog.ts'
import { effectiveAccess } from './effective.ts'
import { type AccessDeps, explain } from './explain.ts'

export type { AccessDeps } from './explain.ts'

/** Why, what and what could be: the decision, asked instead of met. */
export function accessRoutes(deps: AccessDeps): ControlRoute[] {
  const why = explain(deps)
  const effective = effectiveAccess(deps)
  const catalog = myCatalog(deps)
  return [
    route({
      method: 'POST',
      path: '/access/explain',
      summary: 'Says whether a key may make a call, and if not, why and what to do; nothing is called',
      needs: { right: 'access:read' },
      body: ExplainInput,
      output: Explanation,
      handle: (actor, { body }) => why(actor, body),
    }),
    route({
      method: 'GET',
      path: '/keys/:id/access',
      summary: 'Lists what a key may call now: its own choices, cut by its app and by what its owner reaches',
      needs: { right: 'keys:read' },
      params: IdOrSlug,
      output: KeyAccess,
      handle: (actor, { params }) => effective(actor, params.id),
    }),
    route({
      method: 'GET',
      path: '/me/catalog',
      summary: 'Lists the servers and providers that whoever asks may use, through any catalog',
      needs: { right: 'anyone' },
      query: Paging,
      output: MyCatalog,
      handle: (actor, { query }) => catalog(actor, query),
    }),
  ]
}

const Paging = z.strictObject({ limit, cursor })
