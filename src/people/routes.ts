import { z } from 'zod'
import type { Database } from '../db/database.ts'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import type { Route } from '../http/route.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { seesAll } from './may.ts'
import { type Actor, ManagementTokenView, MeView, NewManagementToken, type Permission, SetupInput } from './schema.ts'
import { redeemSetup } from './setup.ts'
import { findOrganization } from './store.ts'
import { createManagementToken, type MintDeps, viewOf } from './tokens/create.ts'
import { revokeManagementToken } from './tokens/revoke.ts'
import { countManagementTokens, findManagementToken, listManagementTokens } from './tokens/store.ts'

export type PeopleDeps = MintDeps & {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly system: Pick<Database['system'], 'read'>
}

const route = <P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, O extends z.ZodType>(
  data: Route<Actor, Permission, P, Q, B, O>,
): Route<Actor, Permission, P, Q, B, O> => data

const OneId = z.strictObject({ id: z.string().max(200) })
const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
})
const WithSecret = z.strictObject({ managementToken: ManagementTokenView, secret: z.string() })
const OneToken = z.strictObject({ managementToken: ManagementTokenView })
const ManyTokens = z.strictObject({
  items: z.array(ManagementTokenView),
  nextCursor: z.string().nullable(),
  total: z.int(),
})

export function peopleRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const redeem = redeemSetup(deps)
  const create = createManagementToken(deps)
  const revoke = revokeManagementToken(deps)
  return [
    route({
      method: 'POST',
      path: '/setup',
      summary: 'Turns the one-time code of the setup link into the first management token',
      needs: { right: 'public', because: 'nobody can sign in before it; the code of 256 bits is the proof' },
      body: SetupInput,
      output: WithSecret,
      status: 201,
      secretFields: ['secret'],
      handle: (_stranger, { body, requestId }) => redeem(body.code, requestId),
    }),
    route({
      method: 'POST',
      path: '/management-tokens',
      summary: 'Makes a management token, never with more rights than its member has',
      needs: { right: 'management-tokens:write' },
      body: NewManagementToken,
      output: WithSecret,
      status: 201,
      secretFields: ['secret'],
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'GET',
      path: '/management-tokens',
      summary: 'Lists management tokens, newest first; a member sees his own',
      needs: { right: 'management-tokens:read' },
      query: Page,
      output: ManyTokens,
      handle: (actor, { query }) => list(deps, actor, query),
    }),
    route({
      method: 'GET',
      path: '/management-tokens/:id',
      summary: 'One management token; a member sees his own',
      needs: { right: 'management-tokens:read' },
      params: OneId,
      output: OneToken,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'DELETE',
      path: '/management-tokens/:id',
      summary: 'Revokes a management token, for good',
      needs: { right: 'management-tokens:write' },
      params: OneId,
      output: OneToken,
      handle: (actor, { params, requestId }) => revoke(actor, knownForm(params.id), requestId),
    }),
    route({
      method: 'GET',
      path: '/me',
      summary: 'Says who is asking, and with which rights',
      needs: { right: 'anyone' },
      output: MeView,
      handle: (actor) => me(deps, actor),
    }),
  ]
}

/** Text that cannot be an id is an unknown one; some of it, such as a NUL, PostgreSQL would not even look up. */
const knownForm = (id: string): string => (/^mgt_[0-9A-Za-z]{16}$/.test(id) ? id : '')

const Place = z.tuple([z.int(), z.string().regex(/^[^\0]*$/)])

async function list(
  deps: Pick<PeopleDeps, 'read'>,
  actor: Actor,
  { limit, cursor }: z.infer<typeof Page>,
): Promise<Result<z.infer<typeof ManyTokens>>> {
  const after = decodeCursor(cursor, Place)
  if (!after.ok) return after
  const memberId = seesAll(actor.role) ? null : actor.memberId
  return deps.read(actor.organizationId, async (db) => {
    const page = { memberId, after: after.value, limit: limit + 1 }
    const found = await listManagementTokens(db, actor.organizationId, page)
    const total = await countManagementTokens(db, actor.organizationId, memberId)
    const last = found.length > limit ? found[limit - 1] : undefined
    const nextCursor = last ? encodeCursor([last.createdAt, last.id]) : null
    return ok({ items: found.slice(0, limit).map(viewOf), nextCursor, total })
  })
}

async function show(
  deps: Pick<PeopleDeps, 'read'>,
  { organizationId, memberId, role }: Actor,
  id: string,
): Promise<Result<z.infer<typeof OneToken>>> {
  const token = await deps.read(organizationId, (db) => findManagementToken(db, organizationId, id))
  const isVisible = token !== null && (seesAll(role) || token.memberId === memberId)
  return isVisible ? ok({ managementToken: viewOf(token) }) : refuse('not_found')
}

async function me(deps: Pick<PeopleDeps, 'read'>, actor: Actor): Promise<Result<MeView>> {
  const organization = await deps.read(actor.organizationId, (db) => findOrganization(db, actor.organizationId))
  if (!organization) return refuse('not_found')
  const { id, slug, name } = organization
  return ok({
    kind: actor.kind,
    member: { id: actor.memberId, name: actor.name, role: actor.role },
    organization: { id, slug, name },
    operator: actor.operator,
    credential: actor.credentialId,
    scopes: [...actor.scopes],
  })
}
