import type { Db } from '../db/database.ts'
import { knownForm } from '../http/lists.ts'
import { refusalOfApp } from '../keys/policies/apps.ts'
import { findKey } from '../keys/store.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { defaultProject, findProject } from '../projects/store.ts'
import { type AppDeps, type Asked, invalid } from './deps.ts'
import { type Made, makeApp, type Planned } from './make.ts'
import { appWithinReach, ownerFor } from './owner.ts'
import type { CloneApp, NewApp } from './schema.ts'
import type { App } from './store.ts'
import { defaultFor, noTools, toolsFor } from './tools.ts'

export const createApp =
  (deps: AppDeps) =>
  async (actor: Actor, input: NewApp, requestId: string): Promise<Result<Made>> => {
    const planned = await deps.read(actor.organizationId, (db) => judged(deps, db, actor, plan(deps, db, actor, input)))
    return planned.ok ? makeApp(deps)(actor, planned.value, requestId) : planned
  }

async function plan({ directory }: AppDeps, db: Db, actor: Actor, input: NewApp): Promise<Result<Planned>> {
  const { organizationId } = actor
  const { project: asked, name, slug, expiresIn, allServersReason, keyKind = 'key' } = input
  const named = () => findProject(db, organizationId, knownForm(asked ?? ''))
  const project = asked === undefined ? await defaultProject(db, organizationId) : await named()
  if (!project) return invalid('/project', 'there is no such project')
  const owner = await ownerFor(directory, db, actor, input.owner)
  if (!owner.ok) return owner
  const tools = await toolsFor(directory, db, actor, input.tools ?? {})
  if (!tools.ok) return tools
  const toolsDefault = defaultFor(input.toolsDefault ?? noTools)
  if (!toolsDefault.ok) return toolsDefault
  const grants = { tools: tools.value, toolsDefault: toolsDefault.value }
  return ok({ name, slug, projectId: project.id, owner: owner.value, ...grants, keyKind, expiresIn, allServersReason })
}

/** As the policies take it. */
async function judged(deps: AppDeps, db: Db, actor: Actor, plan: Promise<Result<Planned>>): Promise<Result<Planned>> {
  const planned = await plan
  if (!planned.ok) return planned
  const { projectId: project, tools, toolsDefault, allServersReason } = planned.value
  const asked = { project, after: { tools, toolsDefault }, before: null, reason: allServersReason ?? null }
  return (await refusalOfApp(deps, db, actor, asked)) ?? planned
}

/** A second client gets an app of its own, with a key of its own: from then on the two are changed apart. */
export const cloneApp =
  (deps: AppDeps) =>
  async (actor: Actor, asked: Pick<Asked, 'idOrSlug' | 'requestId'>, input: CloneApp): Promise<Result<Made>> => {
    const copy = async (db: Db): Promise<Result<Planned>> => {
      const app = await appWithinReach(deps.directory, db, actor, 'apps:write', asked.idOrSlug)
      return app ? judged(deps, db, actor, copied(deps, db, actor, app, input)) : refuse('not_found')
    }
    const planned = await deps.read(actor.organizationId, copy)
    return planned.ok ? makeApp(deps)(actor, planned.value, asked.requestId) : planned
  }

/** A team's app stays with the team; one of a member is the copier's own, as its key is. */
async function copied(
  { directory }: AppDeps,
  db: Db,
  actor: Actor,
  app: App,
  { name, slug }: CloneApp,
): Promise<Result<Planned>> {
  const { id: clonedFrom, projectId, tools, toolsDefault } = app
  const owner = await ownerFor(directory, db, actor, app.owner.type === 'team' ? app.owner : undefined)
  if (!owner.ok) return owner
  const held = app.keyId === null ? null : await findKey(db, actor.organizationId, app.keyId)
  const keyKind = held?.record.tokenKind === 'u' ? 'url' : 'key'
  const grants = { tools, toolsDefault, allServersReason: held?.record.scope.allServersReason }
  return ok({ name, slug, projectId, owner: owner.value, ...grants, keyKind, expiresIn: undefined, clonedFrom })
}
