import { z } from 'zod'
import type { Db } from '../../db/database.ts'
import { Choice } from '../../keys/schema.ts'

const Gateways = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('not JSON')
      return z.NEVER
    }
  })
  .pipe(z.object({ gateways: Choice }))
  .transform(({ gateways }) => gateways)

/** On which gateways each of these keys may be used; of a deleted one, what held when it was deleted. */
export const gatewaysOfKeys = async (
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
): Promise<Map<string, Choice>> => {
  if (keyIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('keys')
    .select(['id', 'scope'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', keyIds)
    .execute()
  return new Map(
    rows.flatMap(({ id, scope }) => {
      // A damaged row is told of elsewhere; here it means that no gateway is named.
      const parsed = Gateways.safeParse(scope)
      return parsed.success ? [[id, parsed.data]] : []
    }),
  )
}

/** Number of the first sealed event of that time or later; null: there is none. */
export const firstSince = async (db: Db, organizationId: string, at: number): Promise<number | null> => {
  const row = await db
    .selectFrom('audit_events')
    .select('seq')
    .where('organization_id', '=', organizationId)
    .where('at', '>=', at)
    .where('seq', 'is not', null)
    .orderBy('at')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return row?.seq ?? null
}
