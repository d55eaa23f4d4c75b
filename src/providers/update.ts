import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { deleteCredential } from '../credentials/store.ts'
import { announce } from '../db/changes.ts'
import { uniqueSlug, untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { reachable } from '../http/egress/reachable.ts'
import { matchesEtag } from '../http/etag.ts'
import { knownForm } from '../http/lists.ts'
import { managedAfter, refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { holdProject } from '../projects/hold/store.ts'
import type { Secret } from '../secret.ts'
import { normalBaseUrl } from './base-url.ts'
import { invalid, type ProviderDeps } from './deps.ts'
import { checkFallbacks, refusedWhileNamed } from './fallbacks.ts'
import { planModels } from './models.ts'
import { defaultAuth, planBaseUrl } from './plan.ts'
import { presets } from './presets.data.ts'
import { defaultRetries, type Model, type ProviderPatch, ProviderTimeouts } from './schema.ts'
import { planSecret, storeSecret } from './secrets.ts'
import { findProvider, type Provider, writeProvider } from './store.ts'
import { auditedProvider } from './view.ts'

export type Asked = {
  readonly idOrSlug: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}
export type Changed = { readonly provider: Provider; readonly effect: Effect }
type Planned = {
  readonly baseUrl: string
  readonly models: readonly Model[]
  /** Undefined: stays; null: goes. */
  readonly secret: Secret | null | undefined
}

export const updateProvider =
  (deps: ProviderDeps) =>
  async (actor: Actor, asked: Asked, patch: ProviderPatch): Promise<Result<Changed>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<{ provider: Provider; rowId: number }>> => {
      const before = await findProvider(db, organizationId, knownForm(asked.idOrSlug))
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const planned = plan(before, patch)
      if (!planned.ok) return planned
      const admitted = await admit(deps, db, before, patch, planned.value)
      if (!admitted.ok) return admitted
      const applied = await apply(deps, db, actor, before, patch, planned.value)
      if (!applied.ok) return applied
      const provider = applied.value
      const fallbacks = patch.models ? await checkFallbacks(db, organizationId, provider) : ok(null)
      if (!fallbacks.ok) return fallbacks
      return ok({ provider, rowId: await record(deps, db, actor, asked.requestId, before, provider) })
    }
    const transact = () => deps.transaction(organizationId, change)
    const done = await untilCurrent(asked.ifMatch, () => uniqueSlug('provider', patch.slug, transact))
    if (!done.ok) return done
    const { provider, rowId } = done.value
    return ok({ provider, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }

const plan = (before: Provider, patch: ProviderPatch): Result<Planned> => {
  const { dialect, preset } = before
  const address = patch.baseUrl === undefined ? ok(before.baseUrl) : planBaseUrl(patch.baseUrl, dialect, preset)
  if (!address.ok) return address
  const baseUrl = address.value
  if (
    normalBaseUrl(before.baseUrl, dialect, preset) !== baseUrl &&
    patch.baseUrl !== undefined &&
    patch.credential === undefined &&
    before.credentialId !== null
  ) {
    // Whoever may change the address must not be able to send a secret there that he cannot read.
    return invalid('/credential', 'must be given again, or be null, when the address changes')
  }
  const models = patch.models === undefined ? ok([...before.models]) : planModels(patch.models ?? [])
  if (!models.ok) return models
  const planned = { baseUrl, models: models.value }
  if (!patch.credential) return ok({ ...planned, secret: patch.credential })
  const secret = planSecret(patch.credential.value)
  return secret.ok ? ok({ ...planned, secret: secret.value }) : secret
}

/** What others have a say in: where the organization's servers may be, and who falls back to it. */
const admit = async (
  deps: ProviderDeps,
  db: Db,
  before: Provider,
  patch: ProviderPatch,
  { baseUrl }: Planned,
): Promise<Result<null>> => {
  const { organizationId } = before
  if (baseUrl !== before.baseUrl) {
    const reach = reachable(baseUrl, await deps.reachOf(db, organizationId), '/baseUrl')
    if (!reach.ok) return reach
  }
  const isRenamed = patch.slug !== undefined && patch.slug !== before.slug
  return isRenamed ? refusedWhileNamed(db, organizationId, before) : ok(null)
}

const apply = async (
  deps: ProviderDeps,
  db: Db,
  actor: Actor,
  before: Provider,
  patch: ProviderPatch,
  { baseUrl, models, secret }: Planned,
): Promise<Result<Provider>> => {
  const { organizationId } = before
  const slug = patch.slug ?? before.slug
  const provider: Provider = {
    ...before,
    slug,
    name: patch.name === undefined ? before.name : (patch.name ?? slug),
    baseUrl,
    models,
    auth: patch.auth === undefined ? before.auth : (patch.auth ?? usualAuth(before)),
    timeouts: patch.timeouts === undefined ? before.timeouts : ProviderTimeouts.parse(patch.timeouts ?? {}),
    retries: patch.retries === undefined ? before.retries : (patch.retries ?? defaultRetries),
    credentialId: secret === undefined ? before.credentialId : secret && (await stored(deps, db, before, secret)),
    managedBy: managedAfter(actor, patch),
    revision: before.revision + 1,
  }
  if (!(await writeProvider(db, organizationId, provider))) return refuse('stale')
  const isReplaced = before.credentialId !== null && before.credentialId !== provider.credentialId
  if (isReplaced) await deleteCredential(db, organizationId, before.credentialId)
  return ok(provider)
}

const usualAuth = ({ preset, dialect }: Provider): Provider['auth'] =>
  preset === null ? defaultAuth(dialect) : presets[preset].auth

const stored = async (deps: ProviderDeps, db: Db, provider: Provider, secret: Secret): Promise<string> => {
  const project = await holdProject(db, provider.organizationId, provider.projectId)
  if (!project) throw new Error(`Provider ${provider.id} names a project that is not there`)
  return storeSecret(deps, db, provider.organizationId, project, secret)
}

const record = async (
  deps: ProviderDeps,
  db: Db,
  actor: Actor,
  requestId: string,
  before: Provider,
  provider: Provider,
): Promise<number> => {
  const { organizationId } = provider
  const at = deps.now()
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'provider.updated',
    subject: { kind: 'provider', id: provider.id, name: provider.name },
    before: auditedProvider(before),
    after: auditedProvider(provider),
  })
  return announce(db, organizationId, { kind: 'provider', id: provider.id, at })
}
