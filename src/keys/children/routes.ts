import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, IdOrSlug, limit, listOf, pageOf, Refs, totalOf, Waiting } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import { route } from '../../people/route.ts'
import type { Actor, Permission } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import type { EndDeps } from '../revoke.ts'
import { type CreateChildDeps, createChild } from './create.ts'
import type { Issued } from './issue.ts'
import { revokeChild } from './revoke.ts'
import { ChildView, IssuedToken, NewChild } from './schema.ts'
import { type ShowChildDeps, showChild, showChildren } from './show.ts'
import { countChildren, listChildren } from './store.ts'

export type ChildDeps = CreateChildDeps & EndDeps & ShowChildDeps

const Paging = z.strictObject({ limit, cursor })
const OneChild = z.strictObject({ id: z.string().max(200), child: z.string().max(200) })
const List = listOf(ChildView)
const Token = IssuedToken.extend({ refs: Refs })
const Ended = z.strictObject({ child: ChildView, refs: Refs, effect: Effect })

export const childRoutes = (deps: ChildDeps): Route<Actor, Permission>[] => [making(deps), listing(deps), ending(deps)]

function making(deps: ChildDeps): Route<Actor, Permission> {
  const create = createChild(deps)
  return route({
    method: 'POST',
    path: '/keys/:id/children',
    summary:
      'Makes a short-lived token that may do what the key may, or less. The token is in this answer and nowhere else',
    needs: { right: 'keys:write' },
    params: IdOrSlug,
    body: NewChild,
    output: Token,
    status: 201,
    secretFields: ['access_token'],
    handle: async (actor, { params, body, requestId }) => {
      const issued = await create(actor, { key: params.id, requestId }, body)
      return issued.ok ? answered(deps, actor, params.id, issued.value) : issued
    },
  })
}

async function answered(
  deps: ChildDeps,
  actor: Actor,
  keyId: string,
  { child, token }: Issued,
): Promise<Result<z.input<typeof Token>>> {
  const shown = await deps.read(actor.organizationId, async (db) => {
    const key = await keyWithinReach(deps.directory, db, actor, 'keys:write', keyId)
    return key && showChild(deps, db, key.record, child)
  })
  // Taken from him while he waited for the answer: then so is the token.
  return shown ? ok({ ...tokenFields({ child, token }), ...shown }) : refuse('not_found')
}

/** The members that RFC 6749 §5.1 names. */
export const tokenFields = ({ child, token }: Issued) => ({
  access_token: token.reveal(),
  token_type: 'Bearer' as const,
  expires_in: (child.expiresAt - child.issuedAt) / 1000,
})

function listing(deps: ChildDeps): Route<Actor, Permission> {
  return route({
    method: 'GET',
    path: '/keys/:id/children',
    summary: 'Lists the tokens of a key, newest first, each until a week after its end',
    needs: { right: 'keys:read' },
    params: IdOrSlug,
    query: Paging,
    output: List,
    handle: async (actor, { params, query }) => {
      const place = decodeCursor(query.cursor, z.tuple([z.int(), z.string()]))
      if (!place.ok) return place
      return deps.read(actor.organizationId, async (db): Promise<Result<z.input<typeof List>>> => {
        const key = await keyWithinReach(deps.directory, db, actor, 'keys:read', params.id)
        if (!key || !isThere(key.record)) return refuse('not_found')
        const { id, organization } = key.record
        const asked = { key: id, before: place.value, limit: query.limit + 1 }
        const found = await listChildren(db, organization, asked)
        const { items, nextCursor } = pageOf(found, query.limit, (last) => [last.issuedAt, last.id])
        const shown = await showChildren(deps, db, key.record, items)
        return ok({ ...shown, nextCursor, ...totalOf(await countChildren(db, organization, id)) })
      })
    },
  })
}

function ending(deps: ChildDeps): Route<Actor, Permission> {
  const revoke = revokeChild(deps)
  return route({
    method: 'DELETE',
    path: '/keys/:id/children/:child',
    summary: 'Ends one token and those that were made of it, open streams included, and says where that already bites',
    needs: { right: 'keys:write' },
    params: OneChild,
    query: Waiting,
    output: Ended,
    handle: async (actor, { params, query, requestId }) => {
      const ended = await revoke(actor, { key: params.id, child: params.child, waitMs: query.waitMs, requestId })
      if (!ended.ok) return ended
      const { key, child, effect } = ended.value
      const shown = await deps.read(actor.organizationId, (db) => showChild(deps, db, key.record, child))
      return ok({ ...shown, effect })
    },
  })
}
