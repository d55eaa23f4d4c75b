import { catalogsOf } from '../access/backing.ts'
import { grantsAbout } from '../access/grants.ts'
import type { ClientDeps } from '../clients/routes.ts'
import type { Database } from '../db/database.ts'
import type { Feed } from '../fleet/feed.ts'
import { servesOrganization } from '../fleet/roster.ts'
import { knownForm } from '../http/lists.ts'
import type { Directory } from '../keys/directory.ts'
import { isThere, keyWithinReach } from '../keys/owner.ts'
import { may } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import { findServer } from '../servers/store.ts'
import { recordsAbout } from './access/world.ts'

export type ClientLinks = Pick<Feed, 'gatewaysOnline'> & {
  readonly read: Database['read']
  readonly directory: Pick<Directory, 'ownersOf'>
  readonly gatewayUrl: (organizationId: string) => string
  readonly now: () => number
}

/** What snippets have to know of servers, keys and gateways. What whoever asks may not see is not there. */
export const clientLinks = (links: ClientLinks): ClientDeps => ({
  gatewayFor: (actor, id) => (id === undefined ? links.gatewayUrl(actor.organizationId) : gatewayUrl(links, actor, id)),
  serverFor: (actor, idOrSlug) => serverFor(links, actor, idOrSlug),
  keyFor: (actor, id) =>
    links.read(actor.organizationId, async (db) => {
      const key = may(actor, 'keys:read') ? await keyWithinReach(links.directory, db, actor, 'keys:read', id) : null
      if (!key || !isThere(key.record)) return null
      return { name: key.record.name, kind: key.record.tokenKind === 'u' ? 'url' : 'key' }
    }),
})

function gatewayUrl({ gatewaysOnline }: ClientLinks, actor: Actor, id: string): string | null {
  if (!may(actor, 'gateways:read')) return null
  const ours = gatewaysOnline().filter((gateway) => servesOrganization(gateway, actor.organizationId))
  return ours.find((gateway) => gateway.id === id)?.publicUrl ?? null
}

/** As `/servers` shows it to those who run them, else as `/me/catalog` offers it. */
const serverFor = ({ read, now }: ClientLinks, actor: Actor, idOrSlug: string): Promise<{ slug: string } | null> =>
  read(actor.organizationId, async (db) => {
    const { organizationId } = actor
    const server = await findServer(db, organizationId, knownForm(idOrSlug), now())
    if (!server || may(actor, 'servers:read')) return server
    const own = { type: 'member', id: actor.memberId } as const
    const records = await recordsAbout(db, organizationId, own)
    const isInCatalog = (catalogsOf(own, records) ?? []).some(({ servers }) => [...servers].includes(server.id))
    const grants = records.member(actor.memberId)?.grants ?? []
    return isInCatalog || grantsAbout(grants, server.id, now()).length > 0 ? server : null
  })
