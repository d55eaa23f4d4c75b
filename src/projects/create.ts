import { uniqueSlug } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { ProjectDeps } from './deps.ts'
import { recordChange } from './record-change.ts'
import type { NewProject, ProjectView } from './schema.ts'
import { insertProject, type Project } from './store.ts'
import { viewOf } from './view.ts'

type Deps = Pick<ProjectDeps, 'transaction' | 'newId' | 'now' | 'effectOf'>

export const createProject =
  (deps: Deps) =>
  async (actor: Actor, input: NewProject, requestId: string): Promise<Result<{ project: ProjectView }>> => {
    const { organizationId } = actor
    const project: Project = {
      id: deps.newId('prj'),
      slug: input.slug,
      name: input.name ?? input.slug,
      tier: input.tier ?? 'development',
      isDefault: false,
      managedBy: actor.configuration ?? null,
      createdAt: deps.now(),
      revision: 1,
    }
    const insert = async (db: Db): Promise<Result<number>> => {
      await insertProject(db, organizationId, project)
      return ok(await recordChange(deps, db, actor, requestId, project, { action: 'project.created', after: project }))
    }
    const stored = await uniqueSlug('project', input.slug, () => deps.transaction(organizationId, insert))
    if (!stored.ok) return stored
    await deps.effectOf(organizationId, stored.value, settleMs)
    return ok({ project: viewOf(project) })
  }
