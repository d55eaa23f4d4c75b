import { ok, type Result, refuse } from '../problems.ts'
import type { NamedOwner, NamedProject } from './directory.ts'
import { refusalOfMixture } from './environment.ts'
import type { KeyPatch, NewKey, Scope } from './schema.ts'
import { type Facts, type Failure, planScope, type ScopeInput } from './scope.ts'
import type { StoredKey } from './store.ts'

type Making = {
  readonly organizationId: string
  readonly id: string
  readonly owner: NamedOwner
  readonly createdBy: string
  readonly now: number
  readonly facts: Facts
}

/** Pure: a key without a secret yet. */
export function planKey(
  input: NewKey,
  { organizationId, id, owner, createdBy, now, facts }: Making,
): Result<StoredKey> {
  const errors: Failure[] = []
  const scope = planScope(input, null, facts, errors)
  const expiresAt = expiryOf(input, null, now, errors)
  const refusal = refusalOf(errors) ?? mixtureOf(scope, facts)
  if (refusal) return refusal
  return ok({
    record: {
      kind: 'key',
      organization: organizationId,
      id,
      revision: 1,
      tokenKind: 'k',
      name: input.name,
      owner: { type: owner.type, id: owner.id, name: owner.name },
      state: input.active === false ? 'suspended' : 'active',
      expiresAt,
      scope,
      maxStalenessSeconds: input.maxStalenessSeconds ?? null,
      versions: [],
    },
    description: input.description ?? '',
    createdAt: now,
    createdBy,
    revokedAt: null,
    versionsCreatedAt: new Map([[1, now]]),
  })
}

/** Pure: the key as it will be. What is not in the patch is not looked at, so it cannot keep the rest from changing. */
export function planPatch(before: StoredKey, patch: KeyPatch, facts: Facts, now: number): Result<StoredKey> {
  const { record } = before
  const errors: Failure[] = []
  const scope = planScope(patch, record.scope, facts, errors)
  const expiresAt = expiryOf(patch, record.expiresAt, now, errors)
  const refusal = refusalOf(errors) ?? (asksForProjects(patch) ? mixtureOf(scope, facts) : null)
  if (refusal) return refusal
  const { maxStalenessSeconds } = patch
  return ok({
    ...before,
    description: patch.description === undefined ? before.description : (patch.description ?? ''),
    record: {
      ...record,
      revision: record.revision + 1,
      name: patch.name ?? record.name,
      scope,
      expiresAt,
      maxStalenessSeconds: maxStalenessSeconds === undefined ? record.maxStalenessSeconds : maxStalenessSeconds,
    },
  })
}

/** Whether the tiers of its projects have to be compared, again. */
export const asksForProjects = ({ projects, mixedEnvironments }: ScopeInput): boolean =>
  projects !== undefined || mixedEnvironments !== undefined

const refusalOf = (errors: readonly Failure[]): ReturnType<typeof refuse> | null =>
  errors.length === 0
    ? null
    : refuse('invalid', { detail: 'Some of the input is not valid; see errors.', errors: errors.slice(0, errorsShown) })
/** A body may name thousands of things that are not there. */
const errorsShown = 100

/** A project that is gone opens nothing, so its tier does not matter. */
function mixtureOf({ projects, mixedEnvironments }: Scope, facts: Facts): ReturnType<typeof refuse> | null {
  const byId = new Map([...facts.projects.values(), ...(facts.home ? [facts.home] : [])].map((each) => [each.id, each]))
  const live = projects.map((id) => byId.get(id)).filter((project): project is NamedProject => project !== undefined)
  return refusalOfMixture(live, mixedEnvironments, facts.policy)
}

const dayMs = 86_400_000
const presetDays = { '30d': 30, '60d': 60, '90d': 90, '180d': 180, '1y': 365 } as const

function expiryOf(
  { expiresAt, expiresIn }: Pick<KeyPatch, 'expiresAt' | 'expiresIn'>,
  before: number | null,
  now: number,
  errors: Failure[],
): number | null {
  if (expiresAt !== undefined && expiresIn !== undefined) {
    errors.push({ pointer: '/expiresIn', detail: 'give expiresAt or expiresIn, not both' })
  }
  if (expiresIn !== undefined) return expiresIn === 'never' ? null : now + presetDays[expiresIn] * dayMs
  if (expiresAt === undefined) return before
  if (expiresAt === null) return null
  const at = Date.parse(expiresAt)
  if (!(at > now)) errors.push({ pointer: '/expiresAt', detail: 'must lie in the future' })
  return at
}
