import type { KeyRecord } from '../schema.ts'
import { itemsOf } from '../scope.ts'
import type { ChildStatus, ChildView } from './schema.ts'
import { endOfChild } from './standing.ts'
import type { StoredChild } from './store.ts'

/** What the status depends on beside the child itself. */
export type Around = {
  readonly key: Pick<KeyRecord, 'state' | 'epoch' | 'versions'>
  /** It, or one that it descends from. */
  readonly isRevoked: boolean
}

export const viewOf = (child: StoredChild, around: Around, now: number): ChildView => ({
  id: child.id,
  key: child.key,
  parent: child.parent,
  depth: child.depth,
  status: statusOf(child, around, now),
  narrow: child.narrow,
  secretVersion: child.version === 0 ? null : child.version,
  issuedAt: iso(child.issuedAt),
  issuedBy: child.issuedBy,
  expiresAt: iso(child.expiresAt),
  revokedAt: child.revokedAt === null ? null : iso(child.revokedAt),
  revision: child.revision,
})

/** A key that is only suspended takes nothing from its children for good. */
function statusOf(child: StoredChild, { key, isRevoked }: Around, now: number): ChildStatus {
  const isOver = key.state === 'revoked' || key.state === 'deleted'
  const ended = endOfChild(child, key, isRevoked || isOver, now)
  if (ended === null) return 'active'
  return ended.code === 'key_expired' ? 'expired' : 'revoked'
}

/** Every id in the narrowing, for the `refs` beside it. */
export const namedBy = ({ narrow: { mcp, llm } }: Pick<StoredChild, 'narrow'>) => ({
  servers: [...itemsOf(mcp?.servers), ...Object.keys(mcp?.tools ?? {})],
  providers: itemsOf(llm?.providers),
})

const iso = (at: number): string => new Date(at).toISOString()
