import { z } from 'zod'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { originOf } from './address.ts'
import { clients } from './catalog.ts'
import { Client, Snippet, SnippetQuery } from './schema.ts'
import { snippetOf } from './snippets.ts'

export type ClientDeps = {
  /** Where clients of the organization call, or one gateway of it; null: there is no such gateway for the actor. */
  readonly gatewayFor: (actor: Actor, gatewayId: string | undefined) => string | null
  /** A server that the actor may use or see; null: there is none for him. */
  readonly serverFor: (actor: Actor, idOrSlug: string) => Promise<{ readonly slug: string } | null>
  readonly keyFor: (actor: Actor, id: string) => Promise<{ readonly name: string; readonly kind: 'key' | 'url' } | null>
}

const route = routeOf<Actor, Permission>()
/** Loose on purpose: a client that nobody knows is not found, like any other name in a path. */
const OneClient = z.strictObject({ client: z.string().max(64) })

/** How AI clients are told where the gateway is. No answer holds a secret, so whoever is signed in may ask. */
export function clientRoutes(deps: ClientDeps): Route<Actor, Permission>[] {
  return [
    route({
      method: 'GET',
      path: '/clients',
      summary: 'Lists the AI clients that there are snippets for',
      needs: { right: 'anyone' },
      output: z.strictObject({ items: z.array(Client) }),
      handle: async () => ok({ items: [...clients] }),
    }),
    route({
      method: 'GET',
      path: '/clients/:client/snippet',
      summary: 'Shows what a client takes to reach a server, or all servers of a key; the key is named, never shown',
      needs: { right: 'anyone' },
      params: OneClient,
      query: SnippetQuery,
      output: Snippet,
      handle: (actor, { params, query }) => snippet(deps, actor, params.client, query),
    }),
  ]
}

async function snippet(
  deps: ClientDeps,
  actor: Actor,
  clientId: string,
  { server, key, gateway, name }: SnippetQuery,
): Promise<Result<Snippet>> {
  const client = clients.find(({ id }) => id === clientId)
  if (client === undefined) return refuse('not_found', { detail: 'There are no snippets for a client of that name.' })
  const address = deps.gatewayFor(actor, gateway)
  if (address === null) return refuse('not_found', { detail: 'There is no such gateway.' })
  const found = server === undefined ? null : await deps.serverFor(actor, server)
  if (server !== undefined && found === null) return refuse('not_found', { detail: 'There is no such server.' })
  const held = key === undefined ? null : await deps.keyFor(actor, key)
  if (key !== undefined && held === null) return refuse('not_found', { detail: 'There is no such key.' })
  if (held?.kind === 'key' && !client.sendsHeaders) return refuse('invalid', { detail: needsUrlKey })
  const origin = originOf(address)
  if (origin === null) return refuse('invalid', { detail: nowhere })
  const slug = found?.slug ?? null
  return ok(
    snippetOf(client, {
      ...{ origin, slug, kind: held?.kind ?? (client.sendsHeaders ? 'key' : 'url'), name: name ?? slug ?? 'ostiary' },
      ...(held === null ? {} : { tellKey: held.name }),
    }),
  )
}

const needsUrlKey = 'This client sends no header, so it takes a key of the kind url.'
const nowhere = 'No gateway has said an address that clients could call: set OSTIARY_GATEWAY_PUBLIC_URL.'
