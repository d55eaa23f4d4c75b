import type { Policies, PoliciesPatch, Touched } from '../../../src/people/policies/schema.ts'
import { ask, queryOf } from '../../api.ts'

/** Says what a change would touch and changes nothing. */
export const foresee = (policies: Policies, body: PoliciesPatch, cursor?: string) =>
  ask<{ touched: Touched }>(`PATCH /policies${queryOf({ dryRun: true, cursor })}`, {
    body,
    revision: policies.revision,
  })
