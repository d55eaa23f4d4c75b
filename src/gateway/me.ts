import type { KeyRecord } from '../keys/schema.ts'
import { statusOf } from '../keys/standing.ts'
import type { Caller } from './authenticate.ts'
import type { HeldOrganization } from './snapshot.ts'

/** `GET /api/me`: what the key may do, never what it is. */
export function aboutCaller({ key, version }: Caller, organization: HeldOrganization | null, now: number): unknown {
  return {
    key: {
      id: key.id,
      name: key.name,
      status: statusOf(key, now),
      expiresAt: instant(key.expiresAt),
      scopes: key.scope,
      maxStalenessSeconds: key.maxStalenessSeconds,
      secretVersion: version,
    },
    owner: ownerOf(key),
    organization: organization && {
      id: organization.record.id,
      slug: organization.record.slug,
      name: organization.record.name,
    },
    // None can be set yet; an absent list would read as "unknown".
    limits: [],
  }
}

const ownerOf = ({ owner }: KeyRecord) => ({ type: owner.type, id: owner.id, name: owner.name })
const instant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
