import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { uniqueSlug } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { reachable } from '../http/egress/reachable.ts'
import { knownForm } from '../http/lists.ts'
import { problemOfUrl } from '../http/upstream-url.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { holdDefaultProject, holdProject } from '../projects/hold/store.ts'
import type { Project } from '../projects/store.ts'
import type { Secret } from '../secret.ts'
import { invalid, type ProviderDeps } from './deps.ts'
import { planModels } from './models.ts'
import type { Model, NewProvider } from './schema.ts'
import { planSecret, storeSecret } from './secrets.ts'
import { insertProvider, type Provider } from './store.ts'
import { viewOf } from './view.ts'

type Planned = { readonly models: Model[]; readonly secret: Secret | null }

/** Gateways do not know providers, so nobody waits for them; the catalogs that it joins announce themselves. */
export const createProvider =
  (deps: ProviderDeps) =>
  async (actor: Actor, input: NewProvider, requestId: string): Promise<Result<Provider>> => {
    const planned = plan(input)
    if (!planned.ok) return planned
    const { organizationId } = actor
    const insert = async (db: Db): Promise<Result<Provider>> => {
      const reach = reachable(input.baseUrl, await deps.reachOf(db, organizationId), '/baseUrl')
      if (!reach.ok) return reach
      const project = await projectFor(db, organizationId, input.project)
      if (!project) return invalid('/project', 'names no project')
      const provider = await store(deps, db, actor, project, input, planned.value)
      const joining = { kind: 'provider', id: provider.id, catalogs: input.catalogs, at: provider.createdAt } as const
      const joined = await deps.joinCatalogs(db, organizationId, joining)
      if (!joined.ok) return joined
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at: provider.createdAt,
        requestId,
        actor: audited(actor),
        action: 'provider.created',
        subject: { kind: 'provider', id: provider.id, name: provider.name },
        after: { ...viewOf(provider), catalogs: joined.value.catalogs },
      })
      return ok(provider)
    }
    return uniqueSlug('provider', input.slug, () => deps.transaction(organizationId, insert))
  }

const plan = ({ baseUrl, models, credential }: NewProvider): Result<Planned> => {
  const problem = problemOfUrl(baseUrl)
  if (problem !== null) return invalid('/baseUrl', problem)
  const listed = planModels(models ?? [])
  if (!listed.ok) return listed
  if (credential === undefined) return ok({ models: listed.value, secret: null })
  const secret = planSecret(credential.value)
  return secret.ok ? ok({ models: listed.value, secret: secret.value }) : secret
}

const projectFor = (db: Db, organizationId: string, idOrSlug: string | undefined): Promise<Project | null> =>
  idOrSlug === undefined ? holdDefaultProject(db, organizationId) : holdProject(db, organizationId, knownForm(idOrSlug))

const store = async (
  deps: ProviderDeps,
  db: Db,
  actor: Actor,
  project: Project,
  input: NewProvider,
  { models, secret }: Planned,
): Promise<Provider> => {
  const { organizationId } = actor
  const provider: Provider = {
    organizationId,
    id: deps.newId('prv'),
    projectId: project.id,
    slug: input.slug,
    name: input.name ?? input.slug,
    dialect: input.dialect,
    baseUrl: input.baseUrl,
    models,
    credentialId: secret && (await storeSecret(deps, db, organizationId, project, secret)),
    state: 'active',
    createdAt: deps.now(),
    createdBy: audited(actor).id,
    revision: 1,
  }
  await insertProvider(db, organizationId, provider)
  return provider
}
