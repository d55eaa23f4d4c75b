import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import { isUniqueViolation } from '../db/violation.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { defaultProject, findProject, type Project } from '../projects/store.ts'
import { auditedActor, type ServerDeps } from './deps.ts'
import { invalid, type PlannedCredential, type PlannedTransport, planCredential, planTransport } from './plan.ts'
import type { NewServer, ServerView } from './schema.ts'
import { encryptEnv, storeCredential } from './secrets.ts'
import { type SlugClaim, slugClaim } from './slugs/store.ts'
import { insertServer, type Server } from './store.ts'
import { auditedServer, viewOf } from './view.ts'

type Deps = Omit<ServerDeps, 'read'>

/** How long the answer waits until the gateways know the server, so that its first call does not come too early. */
const settleMs = 250
type Stored = { readonly server: Server; readonly rowId: number }
type Planned = { readonly transport: PlannedTransport; readonly credential: PlannedCredential | null }

export const createServer =
  (deps: Deps) =>
  async (actor: Actor, input: NewServer, requestId: string): Promise<Result<{ server: ServerView }>> => {
    const planned = plan(input)
    if (!planned.ok) return planned
    const organizationId = actor.organizationId
    const insert = async (db: Db): Promise<Result<Stored>> => {
      const claim = await slugClaim(db, organizationId, input.slug, { by: null, now: deps.now() })
      if (claim) return slugTaken(input.slug, claim)
      const project = await projectFor(db, organizationId, input.project)
      if (!project) return invalid('/project', 'names no project')
      const server = await store(deps, db, organizationId, project, input, planned.value)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at: server.createdAt,
        requestId,
        actor: auditedActor(actor),
        action: 'server.created',
        subject: { kind: 'server', id: server.id, name: server.name },
        after: auditedServer(server),
      })
      const rowId = await announce(db, organizationId, { kind: 'server', id: server.id, at: server.createdAt })
      return ok({ server, rowId })
    }
    const stored = await uniqueSlug(input.slug, () => deps.transaction(organizationId, insert))
    if (!stored.ok) return stored
    await deps.effectOf(organizationId, stored.value.rowId, settleMs)
    return ok({ server: viewOf(stored.value.server, null) })
  }

const plan = (input: NewServer): Result<Planned> => {
  const transport = planTransport(input.transport, null)
  if (!transport.ok) return transport
  if (input.credential === undefined) return ok({ transport: transport.value, credential: null })
  const credential = planCredential(input.credential, transport.value.stored)
  return credential.ok ? ok({ transport: transport.value, credential: credential.value }) : credential
}

const store = async (
  deps: Deps,
  db: Db,
  organizationId: string,
  project: Project,
  input: NewServer,
  { transport, credential }: Planned,
): Promise<Server> => {
  const now = deps.now()
  const id = deps.newId('srv')
  const server: Server = {
    organizationId,
    id,
    projectId: project.id,
    slug: input.slug,
    name: input.name ?? input.slug,
    state: 'active',
    transport: transport.stored,
    envBlob: await encryptEnv(deps, db, organizationId, { id, tier: project.tier }, transport.variables ?? {}),
    credentialId: credential && (await storeCredential(deps, db, organizationId, project, credential, now)),
    slot: credential?.slot ?? null,
    createdAt: now,
    revision: 1,
  }
  await insertServer(db, organizationId, server)
  return server
}

const projectFor = (db: Db, organizationId: string, idOrSlug: string | undefined): Promise<Project | null> =>
  idOrSlug === undefined ? defaultProject(db, organizationId) : findProject(db, organizationId, idOrSlug)

export const slugTaken = (slug: string, { until }: SlugClaim) => {
  const end = until === null ? null : new Date(until).toISOString()
  return refuse('slug_taken', {
    detail:
      end === null
        ? `Another server has the slug ${slug}.`
        : `Another server had the slug ${slug} and answers to it until ${end}.`,
    errors: [{ pointer: '/slug', detail: end === null ? 'is taken' : `is taken until ${end}` }],
  })
}

/**
 * Two may change one server at the same time: the later one lost the race and not an argument, so it goes again on what
 * is there now, unless it said with If-Match which state it had in mind.
 */
export const untilCurrent = async <T>(ifMatch: string | null, write: () => Promise<Result<T>>): Promise<Result<T>> => {
  for (let attempt = 1; ; attempt += 1) {
    const done = await write()
    if (done.ok || done.problem.code !== 'stale' || ifMatch !== null || attempt === attemptsAtMost) return done
  }
}
const attemptsAtMost = 10

/** Two may ask for the same slug at the same time: both find it free, the index lets one through. */
export const uniqueSlug = async <T>(slug: string, write: () => Promise<Result<T>>): Promise<Result<T>> => {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)) return slugTaken(slug, { until: null })
    throw error
  }
}
