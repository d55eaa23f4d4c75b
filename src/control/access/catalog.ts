import { z } from 'zod'
import { catalogsOf } from '../../access/backing.ts'
import { isLive } from '../../access/grants.ts'
import type { MyCatalog } from '../../access/schema.ts'
import type { CatalogRecord } from '../../catalogs/schema.ts'
import { catalogsNamed } from '../../catalogs/store.ts'
import type { Database, Db } from '../../db/database.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { pageOf, totalOf } from '../../http/lists.ts'
import { memberNames } from '../../people/members/store.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result } from '../../problems.ts'
import { findProjects } from '../../projects/store.ts'
import { grantedBy } from './granted.ts'
import { everyProvider, everyServer, seenOf } from './targets.ts'
import { recordsAbout } from './world.ts'

export type CatalogQuery = { readonly limit: number; readonly cursor?: string | undefined }

/**
 * What the catalogs that reach whoever asks hold: what keys of his own may be given. The role adds nothing to it, as it
 * adds nothing on a gateway.
 */
export const myCatalog =
  ({ read, now }: { readonly read: Database['read']; readonly now: () => number }) =>
  async (actor: Actor, { limit, cursor }: CatalogQuery): Promise<Result<MyCatalog>> => {
    const place = decodeCursor(cursor, z.tuple([z.string()]))
    if (!place.ok) return place
    const after = place.value?.[0] ?? ''
    return read(actor.organizationId, async (db) => {
      const { organizationId } = actor
      const own = { type: 'member', id: actor.memberId } as const
      const records = await recordsAbout(db, organizationId, own)
      const catalogs = catalogsOf(own, records) ?? []
      const grants = (records.member(actor.memberId)?.grants ?? []).filter((grant) => isLive(grant, now()))
      const byGrant = (id: string) => grantedBy(grants, id, now())
      const granted = grants.map(({ target }) => target)
      const [inServers, inProviders] = [holding(catalogs, 'servers', granted), holding(catalogs, 'providers', granted)]
      const servers = (await everyServer(db, organizationId)).filter(({ id }) => inServers.has(id))
      const page = pageOf(servers.filter(({ slug }) => slug > after).slice(0, limit + 1), limit, ({ slug }) => [slug])
      const providers = (await everyProvider(db, organizationId)).filter(({ id }) => inProviders.has(id))
      const shown = after === '' ? providers : []
      const seen = await seenOf(db, organizationId, page.items)
      const makers = await makersOf(db, organizationId, [...page.items, ...shown])
      const items = page.items.map((server) => ({
        ...factsOf(server, inServers, makers),
        ...byGrant(server.id),
        state: seen.get(server.id)?.state ?? 'starting',
        tools: seen.get(server.id)?.tools ?? null,
      }))
      const offered = shown.map((provider) => ({
        ...factsOf(provider, inProviders, makers),
        ...byGrant(provider.id),
        models: provider.models.map(({ id, aliases }) => ({ id, ...(aliases === undefined ? {} : { aliases }) })),
      }))
      return ok({
        items,
        providers: offered,
        nextCursor: page.nextCursor,
        ...totalOf(servers.length),
        refs: await refsOf(db, organizationId, [...items, ...offered]),
      })
    })
  }

type Holding = ReadonlyMap<string, readonly string[]>
type Offered = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly projectId: string
  readonly createdBy: string | null
}

/** In which of the catalogs each of them is; in none what was granted to him himself. */
function holding(
  catalogs: readonly CatalogRecord[],
  kind: 'servers' | 'providers',
  granted: readonly string[],
): Holding {
  const held = new Map<string, string[]>(granted.map((id) => [id, []]))
  for (const catalog of catalogs)
    for (const id of new Set(catalog[kind])) held.set(id, [...(held.get(id) ?? []), catalog.id])
  return held
}

const factsOf = (offered: Offered, inCatalogs: Holding, makers: ReadonlyMap<string, string>) => {
  const { id, slug, name, projectId, createdBy } = offered
  const maker = createdBy === null ? undefined : makers.get(createdBy)
  return {
    ...{ id, slug, name, project: projectId },
    owner: createdBy === null || maker === undefined ? null : { id: createdBy, name: maker },
    catalogs: [...(inCatalogs.get(id) ?? [])],
  }
}

/** Names of those who registered them, also of who has left. */
const makersOf = (db: Db, organizationId: string, of: readonly Offered[]): Promise<ReadonlyMap<string, string>> =>
  memberNames(db, organizationId, [...new Set(of.flatMap(({ createdBy }) => createdBy ?? []))])

async function refsOf(
  db: Db,
  organizationId: string,
  of: readonly ReturnType<typeof factsOf>[],
): Promise<MyCatalog['refs']> {
  const projects = await findProjects(db, organizationId, [...new Set(of.map(({ project }) => project))])
  const ids = [...new Set(of.flatMap(({ catalogs }) => catalogs))]
  const catalogs = await catalogsNamed(db, organizationId, ids)
  const makers = of.flatMap(({ owner }) => (owner === null ? [] : { ...owner, slug: null }))
  const named = [...projects, ...ids.flatMap((id) => catalogs.get(id) ?? []), ...makers]
  return Object.fromEntries(named.map(({ id, slug, name }) => [id, { slug, name }]))
}
