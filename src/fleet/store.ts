import type { Db } from '../db/database.ts'

export type GatewayRow = {
  readonly organizationId: string
  readonly id: string
  readonly name: string
  readonly secret: { readonly phc: string; readonly gate: number; readonly pepperId: string } | null
  readonly createdAt: number
  readonly revokedAt: number | null
  readonly lastSeenAt: number | null
  /** Where it said last that clients reach it. */
  readonly publicUrl: string | null
}

const columns = [
  'organization_id',
  'id',
  'name',
  'phc',
  'gate',
  'pepper_id',
  'created_at',
  'revoked_at',
  'last_seen_at',
  'public_url',
] as const

type Row = {
  organization_id: string
  id: string
  name: string
  phc: string | null
  gate: number | null
  pepper_id: string | null
  created_at: number
  revoked_at: number | null
  last_seen_at: number | null
  public_url: string | null
}

const fromRow = (row: Row): GatewayRow => ({
  organizationId: row.organization_id,
  id: row.id,
  name: row.name,
  secret:
    row.phc === null || row.gate === null || row.pepper_id === null
      ? null
      : { phc: row.phc, gate: Number(row.gate), pepperId: row.pepper_id },
  createdAt: Number(row.created_at),
  revokedAt: row.revoked_at === null ? null : Number(row.revoked_at),
  lastSeenAt: row.last_seen_at === null ? null : Number(row.last_seen_at),
  publicUrl: row.public_url,
})

/** The newest change that is committed and has no number yet, null when there is none. */
export async function lastUnnumbered(db: Db): Promise<number | null> {
  const row = await db
    .selectFrom('changes')
    .select('row_id')
    .where('number', 'is', null)
    .orderBy('row_id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.row_id ?? null
}

export async function insertGateway(db: Db, organizationId: string, gateway: GatewayRow): Promise<void> {
  await db
    .insertInto('gateways')
    .values({
      organization_id: organizationId,
      id: gateway.id,
      name: gateway.name,
      phc: gateway.secret?.phc ?? null,
      gate: gateway.secret?.gate ?? null,
      pepper_id: gateway.secret?.pepperId ?? null,
      created_at: gateway.createdAt,
      revoked_at: gateway.revokedAt,
      last_seen_at: gateway.lastSeenAt,
      public_url: gateway.publicUrl,
    })
    .execute()
}

/** By the id in its token, before the organization is known: for sign-in, as `ostiary_system`. */
export async function gatewayById(db: Db, id: string): Promise<GatewayRow | null> {
  const row = await db.selectFrom('gateways').select(columns).where('id', '=', id).executeTakeFirst()
  return row ? fromRow(row) : null
}

export async function findGateway(db: Db, organizationId: string, id: string): Promise<GatewayRow | null> {
  const row = await db
    .selectFrom('gateways')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row ? fromRow(row) : null
}

/** Those of the organization that are not revoked, by id or name; names are not unique. */
export async function findGateways(
  db: Db,
  organizationId: string,
  idsOrNames: readonly string[],
): Promise<{ id: string; name: string }[]> {
  const found: { id: string; name: string }[] = []
  for (let at = 0; at < idsOrNames.length; at += 500) {
    const some = idsOrNames.slice(at, at + 500)
    const rows = await db
      .selectFrom('gateways')
      .select(['id', 'name'])
      .where('organization_id', '=', organizationId)
      .where('revoked_at', 'is', null)
      .where((is) => is.or([is('id', 'in', some), is('name', 'in', some)]))
      .orderBy('id')
      .execute()
    found.push(...rows)
  }
  return found
}

/** The row of one of `serve`'s own gateways, which have a name instead of a stored token. */
export async function findEmbedded(db: Db, organizationId: string, name: string): Promise<GatewayRow | null> {
  const row = await db
    .selectFrom('gateways')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('name', '=', name)
    .where('phc', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row ? fromRow(row) : null
}

export type GatewayPage = { readonly after: string | null; readonly limit: number }

export async function listGateways(db: Db, organizationId: string, page: GatewayPage): Promise<GatewayRow[]> {
  const rows = await db
    .selectFrom('gateways')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('revoked_at', 'is', null)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(fromRow)
}

export async function countGateways(db: Db, organizationId: string): Promise<number> {
  const row = await db
    .selectFrom('gateways')
    .select((select) => select.fn.countAll().as('total'))
    .where('organization_id', '=', organizationId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return Number(row?.total ?? 0)
}

/** Every gateway with a token of its own that has ever attached: after a restart of control each may still decide. */
export async function seenGateways(db: Db): Promise<GatewayRow[]> {
  const rows = await db
    .selectFrom('gateways')
    .select(columns)
    .where('phc', 'is not', null)
    .where('last_seen_at', 'is not', null)
    .execute()
  return rows.map(fromRow)
}

/** Where clients of the organization reach its gateways and these others, as each said last, whether it is attached or not. */
export async function publicUrlsOf(db: Db, organizationId: string, others: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('gateways')
    .select('public_url')
    .where('revoked_at', 'is', null)
    .where('public_url', 'is not', null)
    .where((is) => is.or([is('organization_id', '=', organizationId), is('id', 'in', [...others, ''])]))
    .orderBy('id')
    .execute()
  return rows.flatMap(({ public_url: url }) => url ?? [])
}

/** Guarded by the update itself: of two who revoke one gateway at the same time only one sees true. */
export async function markRevoked(db: Db, organizationId: string, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('gateways')
    .set({ revoked_at: now })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** `publicUrl`: empty where it has not said, and then the last that it said stays. */
export async function markSeen(
  db: Db,
  organizationId: string,
  id: string,
  at: number,
  publicUrl: string,
): Promise<void> {
  await db
    .updateTable('gateways')
    .set({ last_seen_at: at, ...(publicUrl === '' ? {} : { public_url: publicUrl }) })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute()
}
