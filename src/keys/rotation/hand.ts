import type { Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Directory } from '../directory.ts'
import { isRevealedTo, refuseAbove } from '../owner.ts'
import type { StoredKey } from '../store.ts'

/**
 * Who is shown the next secret of a key: whoever asks, where he may hold it; else its owner, a member, by a link that
 * only he can open.
 */
export async function handOf(
  directory: Pick<Directory, 'owner'>,
  db: Db,
  actor: Actor,
  { record, ephemeral }: StoredKey,
): Promise<Result<'actor' | 'owner'>> {
  if (ephemeral) return oneToken
  const { type, id } = record.owner
  if (type === 'member' && id === actor.memberId) return ok('actor')
  const owner = await directory.owner(db, actor.organizationId, { type, id })
  if (!owner) return refuse('not_permitted', { detail: ownerless })
  if (isRevealedTo(actor, owner)) return refuseAbove(actor, owner) ?? ok('actor')
  return record.honey ? refuse('invalid', { detail: decoy }) : ok('owner')
}

export const oneToken = refuse('invalid', {
  detail: 'An ephemeral key is one token and has no secret to rotate. Make a new key.',
})
const ownerless = 'The owner of this key is gone, and its secret is shown to nobody else. Make a new key.'
const decoy = 'A honey key belongs to whoever made it; its secret is handed to nobody else. Make one of your own.'
