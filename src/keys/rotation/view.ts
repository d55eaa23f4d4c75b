import type { SeenClient } from '../../usage/clients/store.ts'
import type { StoredKey } from '../store.ts'
import type { ClientView, RotationView, VersionView } from './schema.ts'
import type { Rotation } from './store.ts'
import { isoOrNull } from './write.ts'

/** As REST shows it. What has ended by time is shown so at once, and not when a job has written it down. */
export function rotationView(rotation: Rotation, now: number): RotationView {
  const { deadlineAt, endedAt } = rotation
  const isDrained = rotation.state === 'draining' && deadlineAt !== null && deadlineAt <= now
  return {
    id: rotation.id,
    key: rotation.keyId,
    mode: rotation.mode,
    state: isDrained ? 'finished' : rotation.state,
    from: rotation.from,
    to: rotation.to,
    startedAt: iso(rotation.startedAt),
    startedBy: rotation.startedBy,
    graceSeconds: rotation.graceSeconds,
    deadlineAt: isoOrNull(deadlineAt),
    silentSeconds: rotation.silentSeconds,
    firstUsedAt: isoOrNull(rotation.firstUsedAt),
    endedAt: isoOrNull(isDrained ? deadlineAt : endedAt),
    webhook: rotation.webhookId,
    attempts: rotation.attempts,
    nextAt: isoOrNull(isDrained ? null : rotation.nextAt),
    lastError: rotation.lastError,
  }
}

export const clientView = (seen: SeenClient): ClientView => ({
  version: seen.version,
  client: seen.client,
  address: seen.address,
  firstSeenAt: iso(seen.firstSeenAt),
  lastSeenAt: iso(seen.lastSeenAt),
  requests: seen.requests,
})

/** `next`: the version that takes the place of this one; null: none does. */
export const versionView = (
  { record, versionTimes, createdAt }: StoredKey,
  version: number,
  next: number | null,
  clients: readonly SeenClient[],
): VersionView => ({
  version,
  createdAt: iso(versionTimes.get(version)?.createdAt ?? createdAt),
  lastUsedAt: isoOrNull(versionTimes.get(version)?.lastUsedAt ?? null),
  validUntil: isoOrNull(record.versions.find((each) => each.version === version)?.validUntil ?? null),
  clients: clients
    .filter((seen) => seen.version === version)
    .map((seen) => ({ ...clientView(seen), movedAt: isoOrNull(movedAt(seen, next, clients)) })),
})

/** Where several programs call themselves alike, from one address, one that stays behind counts for all of them. */
const movedAt = (seen: SeenClient, next: number | null, clients: readonly SeenClient[]): number | null =>
  clients.find(
    (other) =>
      other.version === next &&
      other.client === seen.client &&
      other.address === seen.address &&
      other.lastSeenAt > seen.lastSeenAt,
  )?.firstSeenAt ?? null

const iso = (at: number): string => new Date(at).toISOString()
