import type { StoredSecret } from '../schema.ts'
import { isLive } from '../standing.ts'
import type { StoredKey } from '../store.ts'
import { rotationDueAt } from './due.ts'
import type { RotationMode } from './schema.ts'
import type { Rotation } from './store.ts'

/** Pure: what rotating makes of the secrets of a key. Nothing here lets more than two be taken at one time. */

export type Fresh = StoredSecret & { readonly version: number }

/** The version that clients are to use: the one without an end, else, while its successor waits, the newest that lives. */
export function currentOf({ record }: StoredKey, at: number): number | null {
  const live = record.versions.filter((each) => isLive(each, at))
  const current = live.find(({ validUntil }) => validUntil === null) ?? live.at(-1)
  return current?.version ?? null
}

export const nextVersionOf = ({ record: { versions } }: StoredKey): number =>
  Math.max(0, ...versions.map(({ version }) => version)) + 1

export const endOf = ({ record }: StoredKey, version: number | null): number | null =>
  record.versions.find((each) => each.version === version)?.validUntil ?? null

export const isTaken = ({ record }: StoredKey, version: number | null, at: number): boolean =>
  isLive(
    record.versions.find((each) => each.version === version),
    at,
  )

/** Whatever lives ends now, but `kept`, which ends at `until` and no later than it would have. */
export const ending = (key: StoredKey, at: number, kept: number | null, until: number): StoredKey =>
  withEnds(key, ({ version, validUntil }) => Math.min(validUntil ?? until, version === kept ? until : at))

/** Whatever lives beside `version` ends now. */
export const leaving = (key: StoredKey, at: number, version: number | null): StoredKey =>
  withEnds(key, (each) => (each.version === version ? each.validUntil : Math.min(each.validUntil ?? at, at)))

/** `version` goes on without an end, and nothing else lives. */
export const restoring = (key: StoredKey, at: number, version: number): StoredKey =>
  withMadeAt(endingAt(leaving(key, at, version), version, null), key.versionTimes.get(version)?.createdAt ?? at)

/** One version ends at another time; the others stay. */
export const endingAt = (key: StoredKey, version: number | null, validUntil: number | null): StoredKey =>
  withEnds(key, (each) => (each.version === version ? validUntil : each.validUntil))

export const adding = (key: StoredKey, fresh: Fresh, at: number): StoredKey =>
  withMadeAt(trying(key, fresh, at, null), at)

/** One that is taken for a while, and is not the key's secret yet. */
export const trying = (key: StoredKey, fresh: Fresh, at: number, validUntil: number | null): StoredKey => ({
  ...key,
  record: { ...key.record, versions: [...key.record.versions, { ...fresh, validUntil }] },
  versionTimes: new Map([...key.versionTimes, [fresh.version, { createdAt: at, lastUsedAt: null }]]),
})

/** The next due date counts from there. */
export const withMadeAt = (key: StoredKey, secretMadeAt: number): StoredKey => ({
  ...key,
  secretMadeAt,
  rotationDueAt: rotationDueAt(key.record.id, secretMadeAt, key.rotation),
})

/** Children made with what ended are over in the same instant. */
export const cut = (key: StoredKey): StoredKey => ({
  ...key,
  record: { ...key.record, epoch: key.record.epoch + 1 },
})

const withEnds = (
  key: StoredKey,
  endsAt: (version: StoredKey['record']['versions'][number]) => number | null,
): StoredKey => ({
  ...key,
  record: {
    ...key.record,
    versions: key.record.versions.map((each) => ({ ...each, validUntil: endsAt(each) })),
  },
})

export type Terms = {
  readonly mode: RotationMode
  readonly graceSeconds: number
  readonly deadlineSeconds: number
  readonly silentSeconds: number | null
}

/** When the old secret ends, if nobody ends it before. Until its owner has the new one, only the deadline counts. */
export const oldEndsAt = ({ mode, graceSeconds, deadlineSeconds }: Terms, isClaimed: boolean, at: number): number => {
  if (mode === 'immediate') return at
  return at + (mode === 'grace' && isClaimed ? graceSeconds : deadlineSeconds) * 1000
}

/** A rotation whose new secret is there, as of now. */
export function drainingFrom(rotation: Rotation, deadlineAt: number | null, at: number): Rotation {
  const isOver = deadlineAt === null || deadlineAt <= at
  return {
    ...rotation,
    state: isOver ? 'finished' : 'draining',
    deadlineAt,
    endedAt: isOver ? at : null,
    nextAt: isOver ? null : nextLook({ ...rotation, deadlineAt }, at),
    boot: null,
    lastError: null,
  }
}

/** When a draining rotation is looked at again: at its end, or when the old secret may have been silent for long enough. */
export const nextLook = (
  { deadlineAt, silentSeconds }: Pick<Rotation, 'deadlineAt' | 'silentSeconds'>,
  quietSince: number,
): number =>
  Math.min(
    deadlineAt ?? Number.MAX_SAFE_INTEGER,
    silentSeconds === null ? Number.MAX_SAFE_INTEGER : quietSince + silentSeconds * 1000,
  )
