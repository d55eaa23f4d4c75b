import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { uniqueSlug } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { knownForm, settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { holdDefaultProject, holdProject } from '../projects/hold/store.ts'
import type { Project } from '../projects/store.ts'
import type { ServerDeps } from './deps.ts'
import {
  invalid,
  type PlannedCredential,
  type PlannedTransport,
  planCredential,
  planTransport,
  problemOfPerGateway,
} from './plan.ts'
import { refusedReach } from './reach.ts'
import { type NewServer, type ServerView, Timeouts } from './schema.ts'
import { encryptEnv, storeCredential } from './secrets.ts'
import { slugClaimed } from './slugs/claimed.ts'
import { slugClaim } from './slugs/store.ts'
import { insertServer, type Server } from './store.ts'
import { auditedServer, viewOf } from './view.ts'

type Deps = Omit<ServerDeps, 'read'>

type Stored = { readonly server: Server; readonly rowId: number }
type Planned = { readonly transport: PlannedTransport; readonly credential: PlannedCredential | null }

export const createServer =
  (deps: Deps) =>
  async (actor: Actor, input: NewServer, requestId: string): Promise<Result<{ server: ServerView }>> => {
    const { organizationId } = actor
    const planned = plan(input)
    if (!planned.ok) return planned
    const insert = (db: Db) => writeNew(deps, db, actor, input, { planned: planned.value, requestId })
    const stored = await uniqueSlug('server', input.slug, () => deps.transaction(organizationId, insert))
    if (!stored.ok) return stored
    await deps.effectOf(organizationId, stored.value.rowId, settleMs)
    return ok({ server: viewOf(stored.value.server, null) })
  }

/** What `createServer` would answer, and nothing is made: all of it happens, and is undone. */
export const tryServer =
  (deps: Deps) =>
  async (actor: Actor, input: NewServer, requestId: string): Promise<Result<null>> => {
    const planned = plan(input)
    if (!planned.ok) return planned
    const undone = new Error('a trial ends')
    let outcome: Result<null> = ok(null)
    const attempt = async (db: Db): Promise<never> => {
      const stored = await writeNew(deps, db, actor, input, { planned: planned.value, requestId })
      if (!stored.ok) outcome = stored
      throw undone
    }
    await deps.transaction(actor.organizationId, attempt).catch((error: unknown) => {
      if (error !== undone) throw error
    })
    return outcome
  }

type Planning = { readonly planned: Planned; readonly requestId: string }

async function writeNew(
  deps: Deps,
  db: Db,
  actor: Actor,
  input: NewServer,
  { planned, requestId }: Planning,
): Promise<Result<Stored>> {
  const { organizationId } = actor
  const claim = await slugClaim(db, organizationId, input.slug, { by: null, now: deps.now() })
  if (claim) return slugClaimed(input.slug, claim)
  const reach = await refusedReach(deps, db, organizationId, planned.transport.stored)
  if (!reach.ok) return reach
  const project = await projectFor(db, organizationId, input.project)
  if (!project) return invalid('/project', 'names no project')
  const server = await store(deps, db, actor, project, input, planned)
  const { id, createdAt: at } = server
  const news = await announce(db, organizationId, { kind: 'server', id, at })
  const { configuration } = actor
  const joining = { kind: 'server', id, catalogs: input.catalogs, at, configuration } as const
  const joined = await deps.joinCatalogs(db, organizationId, joining)
  if (!joined.ok) return joined
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'server.created',
    subject: { kind: 'server', id, name: server.name },
    after: { ...auditedServer(server), catalogs: joined.value.catalogs },
  })
  // Nobody reaches it before its catalogs have said so.
  return ok({ server, rowId: joined.value.rowId ?? news })
}

const plan = (input: NewServer): Result<Planned> => {
  const transport = planTransport(input.transport, null)
  if (!transport.ok) return transport
  const perGateway = problemOfPerGateway(transport.value.stored, input.perGateway ?? false)
  if (!perGateway.ok) return perGateway
  if (input.credential === undefined) return ok({ transport: transport.value, credential: null })
  const credential = planCredential(input.credential, transport.value.stored)
  return credential.ok ? ok({ transport: transport.value, credential: credential.value }) : credential
}

const store = async (
  deps: Deps,
  db: Db,
  actor: Actor,
  project: Project,
  input: NewServer,
  { transport, credential }: Planned,
): Promise<Server> => {
  const { organizationId } = actor
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
    timeouts: Timeouts.parse(input.timeouts ?? {}),
    perGateway: input.perGateway ?? false,
    toolPrices: input.toolPrices ?? {},
    managedBy: actor.configuration ?? null,
    createdAt: now,
    createdBy: audited(actor).id,
    revision: 1,
  }
  await insertServer(db, organizationId, server)
  return server
}

/** Held, so that it is neither deleted nor moved to another tier before the server is in it. */
const projectFor = (db: Db, organizationId: string, idOrSlug: string | undefined): Promise<Project | null> =>
  idOrSlug === undefined ? holdDefaultProject(db, organizationId) : holdProject(db, organizationId, knownForm(idOrSlug))
