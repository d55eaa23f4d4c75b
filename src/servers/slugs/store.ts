import type { Db } from '../../db/database.ts'

/** Long enough for whoever wrote the old slug into a client's configuration to hear of it. */
const answersForMs = 30 * 86_400_000

/** Another server has the slug: for good, or as a former one that it still answers to. */
export type SlugClaim = { readonly until: number | null }

/** What keeps the server `by`, or a new one, from taking the slug. */
export async function slugClaim(
  db: Db,
  organizationId: string,
  slug: string,
  { by, now }: { readonly by: string | null; readonly now: number },
): Promise<SlugClaim | null> {
  // Live slugs first: one that becomes a former slug between the two queries is then seen at least once.
  const live = await db
    .selectFrom('servers')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .where('slug', '=', slug)
    .executeTakeFirst()
  if (live) return { until: null }
  const former = await db
    .selectFrom('former_server_slugs')
    .select(['server_id', 'ends_at'])
    .where('organization_id', '=', organizationId)
    .where('slug', '=', slug)
    .where('ends_at', '>', now)
    .executeTakeFirst()
  return former && former.server_id !== by ? { until: former.ends_at } : null
}

/** In the transaction that renames the server: the old slug answers for a while, the new one is no former slug. */
export async function moveSlug(
  db: Db,
  organizationId: string,
  serverId: string,
  { from, to }: { readonly from: string; readonly to: string },
  now: number,
): Promise<void> {
  await db
    .deleteFrom('former_server_slugs')
    .where('organization_id', '=', organizationId)
    .where('slug', '=', to)
    .execute()
  const claim = { server_id: serverId, ends_at: now + answersForMs }
  await db
    .insertInto('former_server_slugs')
    .values({ organization_id: organizationId, slug: from, ...claim })
    // The row of a server that had it earlier, whose time is over.
    .onConflict((row) => row.columns(['organization_id', 'slug']).doUpdateSet(claim))
    .execute()
}

/** The server is no more, so it answers to nothing. */
export async function releaseSlugs(db: Db, organizationId: string, serverId: string): Promise<void> {
  await db
    .deleteFrom('former_server_slugs')
    .where('organization_id', '=', organizationId)
    .where('server_id', '=', serverId)
    .execute()
}

export async function formerSlugsOf(
  db: Db,
  organizationId: string,
  serverId: string,
  now: number,
): Promise<{ slug: string; until: number }[]> {
  const rows = await db
    .selectFrom('former_server_slugs')
    .select(['slug', 'ends_at'])
    .where('organization_id', '=', organizationId)
    .where('server_id', '=', serverId)
    .where('ends_at', '>', now)
    .orderBy('slug')
    .execute()
  return rows.map((row) => ({ slug: row.slug, until: row.ends_at }))
}
