import type { MixedEnvironments } from '../people/schema.ts'
import { refuse } from '../problems.ts'
import type { NamedProject } from './directory.ts'

/** Pure: why these projects may not stand in one key, in words and with both ways out; null: they may. */
export function refusalOfMixture(
  projects: readonly NamedProject[],
  reason: string | null,
  policy: MixedEnvironments,
): ReturnType<typeof refuse> | null {
  const byTier = Map.groupBy(projects, ({ tier }) => tier)
  if (byTier.size < 2 || (policy === 'with-reason' && reason !== null)) return null
  const tiers = [...byTier].map(([tier, of]) => `${tier} (${of.map(({ slug, id }) => slug ?? id).join(', ')})`)
  const wayOut =
    policy === 'with-reason'
      ? 'or say in mixedEnvironments why one key needs them all, which the policy of the organization asks for.'
      : 'since the policy of the organization refuses such keys, whatever the reason.'
  return refuse('environment_mixed', {
    detail: `These projects are of ${byTier.size} tiers: ${tiers.join(', ')}. Make one key for each tier, ${wayOut}`,
    errors: [{ pointer: '/projects', detail: 'are of different tiers' }],
    data: { policy },
  })
}
