import type { AuditAction } from '../../audit/schema.ts'
import { type Doer, insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { insertVersion, type StoredKey, updateKey } from '../store.ts'
import { setVersionEnd } from './store.ts'

export type WriteDeps = { readonly newId: (prefix: string) => string; readonly now: () => number }

/** Who does it, and in which call; a job has no caller. */
export type By = { readonly actor: Doer; readonly requestId: string }
export type Told = { readonly action: AuditAction; readonly before?: object; readonly after?: object }
export type Written = { readonly key: StoredKey; readonly rowId: number }

export const bySystem = (newId: (prefix: string) => string): By => ({
  actor: { kind: 'system', id: 'system', name: 'Ostiary' },
  requestId: newId('req'),
})

/**
 * The key with its versions as `after` says, the event and the news. `stale` when the key has changed since `before` was
 * read, or has ended; the guard is the first statement, so that whoever comes second waits for the first and then knows.
 */
export async function writeTurn(
  deps: WriteDeps,
  db: Db,
  by: By,
  { before, after, told }: { readonly before: StoredKey; readonly after: StoredKey; readonly told: Told },
): Promise<Result<Written>> {
  const { organization, id, revision } = before.record
  const key = { ...after, record: { ...after.record, revision: revision + 1 } }
  if (!(await updateKey(db, organization, key))) return refuse('stale')
  await writeVersions(db, before, key)
  await tell(deps, db, by, key, told)
  return ok({ key, rowId: await announce(db, organization, { kind: 'key', id, at: deps.now() }) })
}

async function writeVersions(db: Db, before: StoredKey, { record, versionTimes }: StoredKey): Promise<void> {
  const { organization, id } = record
  const held = new Map(before.record.versions.map((each) => [each.version, each]))
  for (const each of record.versions) {
    const was = held.get(each.version)
    const createdAt = versionTimes.get(each.version)?.createdAt
    if (!was && createdAt !== undefined) await insertVersion(db, organization, id, { ...each, createdAt })
    if ((was?.validUntil ?? null) !== each.validUntil) {
      await setVersionEnd(db, organization, id, each.version, each.validUntil)
    }
  }
}

export const tell = ({ newId, now }: WriteDeps, db: Db, by: By, { record }: StoredKey, told: Told): Promise<void> =>
  insertEvent(db, record.organization, {
    id: newId('evt'),
    at: now(),
    requestId: by.requestId,
    actor: by.actor,
    subject: { kind: 'key', id: record.id, name: record.name },
    ...told,
  })

export const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
