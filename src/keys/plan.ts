import { ok, type Result, refuse } from '../problems.ts'
import type { NamedOwner, NamedProject } from './directory.ts'
import { refusalOfMixture } from './environment.ts'
import { expiryOf } from './expiry.ts'
import { misfitsOf } from './fitting.ts'
import { checkMetadata } from './metadata.ts'
import { endFor, refusalOfJudges } from './policies/judge.ts'
import { rotationDueAt } from './rotation/due.ts'
import type { RotationSchedule } from './rotation/schedule/schema.ts'
import type { KeyPatch, Metadata, NewKey, Scope } from './schema.ts'
import { type Facts, type Failure, planScope, type ScopeInput } from './scope.ts'
import { type StoredKey, unusedKey } from './store.ts'

type Making = {
  readonly organizationId: string
  readonly id: string
  readonly owner: NamedOwner
  readonly createdBy: string
  readonly now: number
  readonly facts: Facts
  /** Id of the key that it begins as a copy of. */
  readonly copiedFrom?: string | undefined
}

/** Pure: a key without a secret yet. */
export function planKey(input: NewKey, making: Making): Result<StoredKey> {
  const { now, facts } = making
  const errors: Failure[] = []
  const scope = planScope(input, null, facts, errors)
  const expiresAt = firstExpiry(input, endFor(scope.projects, facts, now), now, errors)
  checkSchedule(input, facts, errors)
  const metadata = metadataOf(input.metadata, errors)
  const key = newKey(input, making, { scope, expiresAt, metadata })
  errors.push(...misfitsOf(key))
  const refusal = refusalOf(errors) ?? refusalOfJudges(null, key, input, facts, now) ?? mixtureOf(scope, facts)
  return refusal ?? ok(key)
}

/** What was asked for with names, rules or limits, as it is stored. */
type Checked = { readonly scope: Scope; readonly expiresAt: number | null; readonly metadata: string }

function newKey(
  input: NewKey,
  { organizationId, id, owner, createdBy, now, copiedFrom }: Making,
  { scope, expiresAt, metadata }: Checked,
): StoredKey {
  return {
    record: {
      kind: 'key',
      organization: organizationId,
      id,
      revision: 1,
      tokenKind: input.kind === 'url' ? 'u' : 'k',
      name: input.name,
      owner: { type: owner.type, id: owner.id, name: owner.name },
      state: input.active === false ? 'suspended' : 'active',
      expiresAt,
      scope,
      maxStalenessSeconds: input.maxStalenessSeconds ?? null,
      versions: [],
      epoch: 1,
      metadata,
      honey: input.honey ?? false,
      pin: input.pinNetwork ? { network: null } : null,
    },
    description: input.description ?? '',
    createdAt: now,
    createdBy,
    revokedAt: null,
    ...unusedKey,
    tags: [...new Set(input.tags)],
    ephemeral: input.ephemeral !== undefined,
    copiedFrom: copiedFrom ?? null,
    rotation: input.rotation ?? null,
    rotationDueAt: null,
    versionTimes: new Map(),
  }
}

function firstExpiry(input: NewKey, standard: number | null, now: number, errors: Failure[]): number | null {
  if (!input.ephemeral) return expiryOf(input, standard, now, errors)
  if (input.expiresAt !== undefined || input.expiresIn !== undefined)
    errors.push({ pointer: '/ephemeral', detail: 'says itself when the key ends' })
  // In whole seconds, as the token says it.
  return (Math.floor(now / 1000) + (input.ephemeral.ttlSeconds ?? 0)) * 1000
}

/** Pure: the key as it will be. What is not in the patch is not looked at, so it cannot keep the rest from changing. */
export function planPatch(before: StoredKey, patch: KeyPatch, facts: Facts, now: number): Result<StoredKey> {
  const { record } = before
  const errors: Failure[] = []
  const scope = planScope(patch, record.scope, facts, errors)
  const isMoved = patch.expiresAt !== undefined || patch.expiresIn !== undefined
  if (isMoved && before.ephemeral)
    errors.push({ pointer: '/expiresAt', detail: 'an ephemeral key ends with its token' })
  const expiresAt = expiryOf(patch, record.expiresAt, now, errors)
  checkSchedule(patch, facts, errors)
  const metadata = patch.metadata === undefined ? record.metadata : metadataOf(patch.metadata, errors)
  const key = patched(before, patch, { scope, expiresAt, metadata }, now)
  errors.push(...misfitsOf(key))
  const refusal =
    refusalOf(errors) ??
    refusalOfJudges(before, key, patch, facts, now) ??
    (asksForProjects(patch) ? mixtureOf(scope, facts) : null)
  return refusal ?? ok(key)
}

function patched(before: StoredKey, patch: KeyPatch, { scope, expiresAt, metadata }: Checked, now: number): StoredKey {
  const { record } = before
  const { maxStalenessSeconds, pinNetwork } = patch
  const pin = pinNetwork ? (record.pin ?? { network: null }) : null
  return {
    ...before,
    description: patch.description === undefined ? before.description : (patch.description ?? ''),
    tags: patch.tags === undefined ? before.tags : [...new Set(patch.tags)],
    ...(patch.rotation === undefined ? {} : scheduled(before, patch.rotation, now)),
    record: {
      ...record,
      revision: record.revision + 1,
      name: patch.name ?? record.name,
      scope,
      expiresAt,
      maxStalenessSeconds: maxStalenessSeconds === undefined ? record.maxStalenessSeconds : maxStalenessSeconds,
      metadata,
      pin: pinNetwork === undefined ? record.pin : pin,
    },
  }
}

/** A schedule for a secret that is older than it is due now, and has not been missed until now. */
function scheduled({ record, secretMadeAt }: StoredKey, rotation: RotationSchedule | null, now: number) {
  const dueAt = rotationDueAt(record.id, secretMadeAt, rotation)
  return { rotation, rotationDueAt: dueAt === null ? null : Math.max(dueAt, now) }
}

/** As it is stored. What is refused is not turned into text: it may be nested deeper than that takes. */
function metadataOf(metadata: Metadata | null | undefined, errors: Failure[]): string {
  const failures = checkMetadata(metadata ?? {})
  errors.push(...failures)
  return failures.length === 0 ? JSON.stringify(metadata ?? {}) : '{}'
}

function checkSchedule({ rotation }: Pick<KeyPatch, 'rotation'>, { webhook }: Facts, errors: Failure[]): void {
  if (rotation?.deliverTo != null && rotation.deliverTo !== webhook)
    errors.push({ pointer: '/rotation/deliverTo', detail: 'there is no such webhook' })
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
  return refusalOfMixture(live, mixedEnvironments, facts.policies.mixedEnvironments)
}
