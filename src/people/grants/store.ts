import type { Db } from '../../db/database.ts'
import type { Grant } from './schema.ts'

/** Who may have grants: a key with its owner of now, or a member, who is his own. */
export type Holder = { readonly organizationId: string; readonly id: string; readonly ownerId: string }

const atOnce = 500

/**
 * What was approved and has not been ended, by the id of whom it was approved for. Time is not asked: the decision does
 * that. A key has it for the owner whom it had then: what was approved for somebody does not pass to his heir.
 */
export async function grantsOf(db: Db, holders: readonly Holder[]): Promise<ReadonlyMap<string, Grant[]>> {
  const found = new Map<string, Grant[]>()
  const ownerOf = new Map(holders.map(({ id, ownerId }) => [id, ownerId]))
  for (let at = 0; at < holders.length; at += atOnce) {
    const some = holders.slice(at, at + atOnce)
    const rows = await db
      .selectFrom('access_requests')
      .select(['id', 'target_id', 'owner_id', 'subject_id', 'kind', 'part', 'until'])
      .where('organization_id', 'in', [...new Set(some.map(({ organizationId }) => organizationId))])
      .where(
        'target_id',
        'in',
        some.map(({ id }) => id),
      )
      .where('state', '=', 'approved')
      .where('kind', '!=', 'budget')
      .orderBy('id')
      .execute()
    for (const { id, target_id, owner_id, subject_id, part, until } of rows) {
      if (ownerOf.get(target_id) !== owner_id) continue
      const grant: Grant = { request: id, target: subject_id, parts: part === null ? null : [part], until }
      found.set(target_id, [...(found.get(target_id) ?? []), grant])
    }
  }
  return found
}

/**
 * The key of an app stays with its app when that gets another owner. What was asked for or approved before stays with the
 * former one, so from here on it opens nothing, and is over.
 */
export async function leaveGrantsWith(db: Db, organizationId: string, keyId: string, ownerId: string): Promise<void> {
  await db
    .updateTable('access_requests')
    .set({ owner_id: ownerId })
    .where('organization_id', '=', organizationId)
    .where('target_id', '=', keyId)
    .where('state', 'in', ['open', 'approved'])
    .execute()
}

/** As it stands in a record: nothing where there is nothing. */
export const grantsIn = (grants: readonly Grant[] | undefined): { grants?: Grant[] } =>
  grants === undefined ? {} : { grants: [...grants] }

/** The next revision, so that gateways take the record anew; false: he is not there any more. */
export async function touchMember(db: Db, organizationId: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('members')
    .set((is) => ({ revision: is('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
