import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { uniqueSlug } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { reachable } from '../http/egress/reachable.ts'
import { knownForm, settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { holdDefaultProject, holdProject } from '../projects/hold/store.ts'
import type { Project } from '../projects/store.ts'
import type { Secret } from '../secret.ts'
import { invalid, type ProviderDeps } from './deps.ts'
import { checkFallbacks } from './fallbacks.ts'
import { planModels } from './models.ts'
import { type PlannedPlace, planPlace } from './plan.ts'
import { defaultRetries, type Model, type NewProvider, ProviderTimeouts } from './schema.ts'
import { planSecret, storeSecret } from './secrets.ts'
import { insertProvider, type Provider } from './store.ts'
import { auditedProvider } from './view.ts'

type Planned = { readonly place: PlannedPlace; readonly models: Model[]; readonly secret: Secret | null }
type Stored = { readonly provider: Provider; readonly rowId: number }

export const createProvider =
  (deps: ProviderDeps) =>
  async (actor: Actor, input: NewProvider, requestId: string): Promise<Result<Provider>> => {
    const planned = plan(deps, input)
    if (!planned.ok) return planned
    const { organizationId } = actor
    const insert = (db: Db) => writeNew(deps, db, actor, input, { planned: planned.value, requestId })
    const stored = await uniqueSlug('provider', input.slug, () => deps.transaction(organizationId, insert))
    if (!stored.ok) return stored
    await deps.effectOf(organizationId, stored.value.rowId, settleMs)
    return ok(stored.value.provider)
  }

type Planning = { readonly planned: Planned; readonly requestId: string }

async function writeNew(
  deps: ProviderDeps,
  db: Db,
  actor: Actor,
  input: NewProvider,
  { planned, requestId }: Planning,
): Promise<Result<Stored>> {
  const { organizationId } = actor
  const reach = reachable(planned.place.baseUrl, await deps.reachOf(db, organizationId), '/baseUrl')
  if (!reach.ok) return reach
  const project = await projectFor(db, organizationId, input.project)
  if (!project) return invalid('/project', 'names no project')
  const provider = await store(deps, db, actor, project, input, planned)
  const fallbacks = await checkFallbacks(db, organizationId, provider)
  if (!fallbacks.ok) return fallbacks
  const { id, createdAt: at } = provider
  const { configuration } = actor
  const joining = { kind: 'provider', id, catalogs: input.catalogs, at, configuration } as const
  const joined = await deps.joinCatalogs(db, organizationId, joining)
  if (!joined.ok) return joined
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'provider.created',
    subject: { kind: 'provider', id, name: provider.name },
    after: { ...auditedProvider(provider), catalogs: joined.value.catalogs },
  })
  // Last, so that who waits for its number has its catalogs, too.
  return ok({ provider, rowId: await announce(db, organizationId, { kind: 'provider', id, at }) })
}

const plan = ({ priceList }: ProviderDeps, input: NewProvider): Result<Planned> => {
  const place = planPlace(input)
  if (!place.ok) return place
  const { models, preset, credential } = input
  const offered = models ?? (preset === undefined ? [] : priceList.catalogOf(preset).map((id) => ({ id })))
  const listed = planModels(offered)
  if (!listed.ok) return listed
  const planned = { place: place.value, models: listed.value }
  if (credential === undefined) return ok({ ...planned, secret: null })
  const secret = planSecret(credential.value)
  return secret.ok ? ok({ ...planned, secret: secret.value }) : secret
}

const projectFor = (db: Db, organizationId: string, idOrSlug: string | undefined): Promise<Project | null> =>
  idOrSlug === undefined ? holdDefaultProject(db, organizationId) : holdProject(db, organizationId, knownForm(idOrSlug))

const store = async (
  deps: ProviderDeps,
  db: Db,
  actor: Actor,
  project: Project,
  input: NewProvider,
  { place, models, secret }: Planned,
): Promise<Provider> => {
  const { organizationId } = actor
  const provider: Provider = {
    organizationId,
    id: deps.newId('prv'),
    projectId: project.id,
    slug: input.slug,
    name: input.name ?? input.slug,
    ...place,
    models,
    credentialId: secret && (await storeSecret(deps, db, organizationId, project, secret)),
    timeouts: ProviderTimeouts.parse(input.timeouts ?? {}),
    retries: input.retries ?? defaultRetries,
    health: null,
    managedBy: actor.configuration ?? null,
    state: 'active',
    createdAt: deps.now(),
    createdBy: audited(actor).id,
    revision: 1,
  }
  await insertProvider(db, organizationId, provider)
  return provider
}
