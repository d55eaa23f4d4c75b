import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { deleteCredential } from '../credentials/store.ts'
import { announce } from '../db/changes.ts'
import { uniqueSlug, untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { managedAfter, refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { holdProject } from '../projects/hold/store.ts'
import type { Project } from '../projects/store.ts'
import type { ServerDeps } from './deps.ts'
import { healthOf } from './health/store.ts'
import {
  invalid,
  type PlannedCredential,
  type PlannedTransport,
  planCredential,
  planTransport,
  problemOfPerGateway,
} from './plan.ts'
import { refusedReach } from './reach.ts'
import { type ServerPatch, type ServerView, Timeouts } from './schema.ts'
import { encryptEnv, storeCredential } from './secrets.ts'
import { slugClaimed } from './slugs/claimed.ts'
import { moveSlug, slugClaim } from './slugs/store.ts'
import { findServer, type Server, updateServer as writeServer } from './store.ts'
import { auditedServer, viewOf } from './view.ts'

export type Asked = {
  readonly idOrSlug: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}
type Planned = {
  readonly transport: PlannedTransport | null
  /** Undefined: stays; null: goes. */
  readonly credential: PlannedCredential | null | undefined
}
type Changed = { readonly view: ServerView; readonly rowId: number }

export const updateServer =
  (deps: ServerDeps) =>
  async (actor: Actor, asked: Asked, patch: ServerPatch): Promise<Result<{ server: ServerView; effect: Effect }>> => {
    const organizationId = actor.organizationId
    const change = async (db: Db): Promise<Result<Changed>> => {
      const found = await findInItsProject(db, organizationId, asked.idOrSlug, deps.now())
      if (!found) return refuse('not_found')
      const { before } = found
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const planned = plan(before, patch)
      if (!planned.ok) return planned
      const moved = planned.value.transport?.stored ?? before.transport
      if (addressOf(moved) !== addressOf(before.transport)) {
        const reach = await refusedReach(deps, db, organizationId, moved)
        if (!reach.ok) return reach
      }
      const { slug } = patch
      if (slug !== undefined && slug !== before.slug) {
        const claim = await slugClaim(db, organizationId, slug, { by: before.id, now: deps.now() })
        if (claim) return slugClaimed(slug, claim)
      }
      const server = await apply(deps, db, actor, found, patch, planned.value)
      if (!server) return refuse('stale')
      const rowId = await record(deps, db, actor, asked.requestId, { before, server })
      const health = await healthOf(db, organizationId, [server.id])
      return ok({ view: viewOf(server, health.get(server.id) ?? null), rowId })
    }
    const write = () => uniqueSlug('server', patch.slug, () => deps.transaction(organizationId, change))
    const done = await untilCurrent(asked.ifMatch, write)
    if (!done.ok) return done
    const effect = await deps.effectOf(organizationId, done.value.rowId, asked.waitMs)
    return ok({ server: done.value.view, effect })
  }

const plan = (before: Server, patch: ServerPatch): Result<Planned> => {
  const transport = patch.transport === undefined ? null : planTransport(patch.transport, before.transport)
  if (transport && !transport.ok) return transport
  const after = transport?.value.stored ?? before.transport
  if (
    patch.credential === undefined &&
    before.credentialId !== null &&
    addressOf(after) !== addressOf(before.transport)
  ) {
    // Whoever may change the address must not be able to send a secret there that he cannot read.
    return invalid('/credential', 'must be given again, or be null, when the address changes')
  }
  const perGateway = problemOfPerGateway(after, perGatewayOf(patch, before))
  if (!perGateway.ok) return perGateway
  const credential = patch.credential ? planCredential(patch.credential, after) : null
  if (credential && !credential.ok) return credential
  return ok({
    transport: transport?.value ?? null,
    credential: patch.credential === undefined ? undefined : (credential?.value ?? null),
  })
}

const perGatewayOf = (patch: ServerPatch, before: Server): boolean =>
  patch.perGateway === undefined ? before.perGateway : (patch.perGateway ?? false)

const addressOf = (transport: Server['transport']): string | null => (transport.type === 'stdio' ? null : transport.url)

const apply = async (
  deps: ServerDeps,
  db: Db,
  actor: Actor,
  { before, project }: Found,
  patch: ServerPatch,
  planned: Planned,
): Promise<Server | null> => {
  const { organizationId } = before
  const slug = patch.slug ?? before.slug
  const variables = planned.transport?.variables ?? null
  const at = { id: before.id, tier: project.tier }
  const credentialId =
    planned.credential && (await storeCredential(deps, db, organizationId, project, planned.credential, deps.now()))
  const server: Server = {
    ...before,
    slug,
    name: patch.name === undefined ? before.name : (patch.name ?? slug),
    transport: planned.transport?.stored ?? before.transport,
    envBlob: variables === null ? before.envBlob : await encryptEnv(deps, db, organizationId, at, variables),
    ...(planned.credential === undefined
      ? {}
      : { credentialId: credentialId ?? null, slot: planned.credential?.slot ?? null }),
    timeouts: patch.timeouts === undefined ? before.timeouts : Timeouts.parse(patch.timeouts ?? {}),
    perGateway: perGatewayOf(patch, before),
    toolPrices: patch.toolPrices === undefined ? before.toolPrices : (patch.toolPrices ?? {}),
    managedBy: managedAfter(actor, patch),
    revision: before.revision + 1,
  }
  if (!(await writeServer(db, organizationId, server))) return null
  if (slug !== before.slug) await moveSlug(db, organizationId, before.id, { from: before.slug, to: slug }, deps.now())
  const isReplaced = before.credentialId !== null && before.credentialId !== server.credentialId
  if (isReplaced) await deleteCredential(db, organizationId, before.credentialId)
  return server
}

type Found = { readonly before: Server; readonly project: Project }

/** The project is held before the server is read: a move to another tier meanwhile encrypts the server's secrets anew. */
const findInItsProject = async (db: Db, organizationId: string, name: string, now: number): Promise<Found | null> => {
  const found = await findServer(db, organizationId, name, now)
  if (!found) return null
  const project = await holdProject(db, organizationId, found.projectId)
  const before = await findServer(db, organizationId, found.id, now)
  return before && project && { before, project }
}

const record = async (
  deps: ServerDeps,
  db: Db,
  actor: Actor,
  requestId: string,
  { before, server }: { readonly before: Server; readonly server: Server },
): Promise<number> => {
  const at = deps.now()
  await insertEvent(db, server.organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'server.updated',
    subject: { kind: 'server', id: server.id, name: server.name },
    before: auditedServer(before),
    after: auditedServer(server),
  })
  return announce(db, server.organizationId, { kind: 'server', id: server.id, at })
}
