import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { dropLimits } from '../drop.ts'
import { defaultKeyLimits, type KeyLimits } from '../schema.ts'
import { insertLimits, type Limit, limitsAbout, writeLimit } from '../store.ts'
import { isSame, limitsIn } from './merge.ts'

/*
 * The limits of keys, for the domain of keys, inside its own unit of work. A key's limits are the limit whose target is
 * that key; a key that never had others than `defaultKeyLimits` has no such row.
 */

/** Of each key that was asked for, in as few queries as can be. */
export async function limitsOfKeys(
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
): Promise<ReadonlyMap<string, KeyLimits>> {
  const stored = await limitsAbout(db, organizationId, ['key'], keyIds)
  const known = new Map(stored.map((limit) => [limit.target.id, limitsIn(limit)]))
  return new Map(keyIds.map((id) => [id, known.get(id) ?? defaultKeyLimits]))
}

export type KeyLimitsWrite = {
  readonly keyId: string
  /** Complete: `mergedLimits` of merge.ts fills in what a caller left out. */
  readonly limits: KeyLimits
  /** What they were when it was asked whether this may be: where they are others now, it is asked again. */
  readonly before?: KeyLimits | undefined
  /** ms since epoch. */
  readonly at: number
  /** Who does it: `audited(actor).id`. */
  readonly by: string
  readonly newId: (prefix: string) => string
}

/**
 * Writes or replaces the limits of one key and announces them. Answers the row of the change for `effectOf`, null where
 * nothing changes. Refuses with `stale` when somebody else has changed them meanwhile: `untilCurrent` goes again.
 */
export async function setKeyLimits(
  db: Db,
  organizationId: string,
  write: KeyLimitsWrite,
): Promise<Result<number | null>> {
  const rows = await setManyKeyLimits(db, organizationId, [write])
  return rows.ok ? ok(rows.value.at(-1) ?? null) : rows
}

/** The same for many keys, each at most once. Answers the rows of those that changed. */
export async function setManyKeyLimits(
  db: Db,
  organizationId: string,
  writes: readonly KeyLimitsWrite[],
): Promise<Result<number[]>> {
  const ids = writes.map(({ keyId }) => keyId)
  const stored = new Map((await limitsAbout(db, organizationId, ['key'], ids)).map((limit) => [limit.target.id, limit]))
  const fresh: Limit[] = []
  const changed: { readonly id: string; readonly at: number }[] = []
  for (const write of writes) {
    const before = stored.get(write.keyId)
    if (write.before && !isSame(write.before, before ?? defaultKeyLimits)) return refuse('stale')
    if (isSame(before ?? defaultKeyLimits, write.limits)) continue
    const after = before
      ? { ...before, ...limitsIn(write.limits), revision: before.revision + 1 }
      : firstOf(organizationId, write)
    if (!before) fresh.push(after)
    else if (!(await writeLimit(db, organizationId, after))) return refuse('stale')
    changed.push({ id: after.id, at: write.at })
  }
  if ((await insertLimits(db, organizationId, fresh)) < fresh.length) return refuse('stale')
  const rows: number[] = []
  for (const { id, at } of changed) rows.push(await announce(db, organizationId, { kind: 'limit', id, at }))
  return ok(rows)
}

/** With the keys themselves. Answers the rows of the changes. */
export const dropKeyLimits = (db: Db, organizationId: string, ids: readonly string[], at: number): Promise<number[]> =>
  dropLimits(db, organizationId, { type: 'key', ids, at })

const firstOf = (organizationId: string, { keyId, limits, at, by, newId }: KeyLimitsWrite): Limit => ({
  organizationId,
  id: newId('lim'),
  target: { type: 'key', id: keyId, name: null },
  ...limitsIn(limits),
  state: 'active',
  createdAt: at,
  createdBy: by,
  revision: 1,
})
