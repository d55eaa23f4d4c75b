import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { cursor, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { route } from '../route.ts'
import type { Actor, Permission } from '../schema.ts'
import { findOrganization } from '../store.ts'
import type { PolicyDeps } from './deps.ts'
import { Policies, PoliciesPatch, Touched } from './schema.ts'
import { foreseePolicies, updatePolicies } from './update.ts'
import { policiesView } from './view.ts'

const OnePolicies = z.strictObject({ policies: Policies })
const Changing = Waiting.extend({
  /** Says what would be and which keys it would touch, and changes nothing. */
  dryRun: z.enum(['true', 'false']).optional(),
  /** Of a dry run: the next page of those keys. */
  cursor,
})

export function policyRoutes(deps: ChangeDeps & PolicyDeps): Route<Actor, Permission>[] {
  const update = updatePolicies(deps)
  const foresee = foreseePolicies(deps)
  return [
    route({
      method: 'GET',
      path: '/policies',
      summary: 'Shows the rules that hold for the whole organization',
      needs: { right: 'policies:read' },
      output: OnePolicies,
      handle: (actor) => show(deps, actor),
    }),
    route({
      method: 'PATCH',
      path: '/policies',
      summary: 'Changes the rules that hold for the whole organization, or says which keys that would touch',
      needs: { right: 'policies:write' },
      query: Changing,
      body: PoliciesPatch,
      output: OnePolicies.extend({ touched: Touched, effect: Effect.optional() }),
      handle: (actor, { query, body, requestId, ifMatch }) => {
        const asked = { id: actor.organizationId, ifMatch }
        if (query.dryRun === 'true') return foresee(actor, { ...asked, cursor: query.cursor }, body)
        return update(actor, { ...asked, waitMs: query.waitMs, requestId }, body)
      },
    }),
  ]
}

async function show(
  { read }: Pick<ChangeDeps, 'read'>,
  { organizationId }: Actor,
): Promise<Result<z.infer<typeof OnePolicies>>> {
  const organization = await read(organizationId, (db) => findOrganization(db, organizationId))
  return organization ? ok({ policies: policiesView(organization) }) : refuse('not_found')
}
