import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, IdOrSlug, knownForm, limit, listOf, pageOf, Refs, totalOf, Waiting } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import { displayName } from '../keys/schema.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { createProject } from './create.ts'
import type { ProjectDeps } from './deps.ts'
import { removeProject } from './remove.ts'
import { NewProject, ProjectPatch, ProjectUses, ProjectView } from './schema.ts'
import { countProjects, findProject, listProjects } from './store.ts'
import { updateProject } from './update.ts'
import { unreadKinds, usesIn, usesView } from './uses.ts'
import { viewOf } from './view.ts'

export type { ProjectDeps } from './deps.ts'

const OneProject = z.strictObject({ project: ProjectView })
const ManyProjects = listOf(ProjectView)
const WithEffect = OneProject.extend({ effect: Effect })
const Uses = z.strictObject({ uses: ProjectUses, refs: Refs })
const Paging = z.strictObject({ search: displayName.optional(), limit, cursor })

const route = routeOf<Actor, Permission>()

export const projectRoutes = (deps: ProjectDeps): Route<Actor, Permission>[] => [
  ...readingRoutes(deps),
  ...writingRoutes(deps),
]

const readingRoutes = (deps: ProjectDeps): Route<Actor, Permission>[] => [
  route({
    method: 'GET',
    path: '/projects',
    summary: 'Lists projects by name',
    needs: { right: 'projects:read' },
    query: Paging,
    output: ManyProjects,
    handle: (actor, { query }) => list(deps, actor, query),
  }),
  route({
    method: 'GET',
    path: '/projects/:id',
    summary: 'Shows one project, by id or slug',
    needs: { right: 'projects:read' },
    params: IdOrSlug,
    output: OneProject,
    handle: ({ organizationId }, { params }) =>
      deps.read(organizationId, async (db) => {
        const project = await findProject(db, organizationId, knownForm(params.id))
        return project ? ok({ project: viewOf(project) }) : refuse('not_found')
      }),
  }),
  route({
    method: 'GET',
    path: '/projects/:id/uses',
    summary: 'Shows what hangs on a project: its servers, providers, apps and keys',
    needs: { right: 'projects:read' },
    params: IdOrSlug,
    output: Uses,
    handle: (actor, { params }) => uses(deps, actor, knownForm(params.id)),
  }),
]

const writingRoutes = (deps: ProjectDeps): Route<Actor, Permission>[] => {
  const create = createProject(deps)
  const update = updateProject(deps)
  const remove = removeProject(deps)
  return [
    route({
      method: 'POST',
      path: '/projects',
      summary: 'Makes a project of one environment tier',
      needs: { right: 'projects:write' },
      body: NewProject,
      output: OneProject,
      status: 201,
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'PATCH',
      path: '/projects/:id',
      summary: 'Changes a project; another tier lists what it touches before it happens',
      needs: { right: 'projects:write' },
      params: IdOrSlug,
      query: Waiting,
      body: ProjectPatch,
      output: WithEffect,
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        update(actor, { idOrSlug: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }, body),
    }),
    route({
      method: 'DELETE',
      path: '/projects/:id',
      summary: 'Removes a project that nothing uses',
      needs: { right: 'projects:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: (actor, { params, query, requestId, ifMatch }) =>
        remove(actor, { idOrSlug: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }),
    }),
  ]
}

/** The search is part of the place, as with keys. */
const placeIn = (search = '') => z.tuple([z.literal(search), z.string(), z.string()])

const list = async (
  { read }: Pick<ProjectDeps, 'read'>,
  { organizationId }: Actor,
  { search, limit, cursor }: z.infer<typeof Paging>,
): Promise<Result<z.infer<typeof ManyProjects>>> => {
  const place = decodeCursor(cursor, placeIn(search))
  if (!place.ok) return place
  const after = place.value && { name: place.value[1], id: place.value[2] }
  return read(organizationId, async (db) => {
    const found = await listProjects(db, organizationId, { search, after, limit: limit + 1 })
    const page = pageOf(found, limit, ({ name, id }) => [search ?? '', name, id])
    const total = totalOf(await countProjects(db, organizationId, search))
    return ok({ ...page, items: page.items.map(viewOf), ...total, refs: {} })
  })
}

/** Names of servers and keys stand in it: whoever may not read all of those does not read them here either. */
const uses = async (deps: ProjectDeps, actor: Actor, idOrSlug: string): Promise<Result<z.infer<typeof Uses>>> => {
  const { organizationId } = actor
  const unread = unreadKinds(deps, actor)
  if (unread.length > 0) {
    return refuse('not_permitted', { detail: `This takes the right to read all ${unread.join(', ')} as well.` })
  }
  return deps.read(organizationId, async (db) => {
    const project = await findProject(db, organizationId, idOrSlug)
    return project ? ok(usesView(await usesIn(deps, db, organizationId, project.id))) : refuse('not_found')
  })
}
