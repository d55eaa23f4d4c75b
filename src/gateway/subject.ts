import type { Backing, Records } from '../access/backing.ts'
import type { Subject } from '../access/decide.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { refusalOf } from '../keys/standing.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Caller } from './authenticate.ts'
import { noLonger } from './denied.ts'

type Deps = {
  readonly findKeyById: (id: string) => KeyRecord | null
  readonly recordsOf: (organization: string) => Records | null
  readonly backingOf: (key: KeyRecord, records: Records) => Backing
  readonly isFresh: (key: KeyRecord | null) => boolean
  readonly gatewayId: () => string
  readonly now: () => number
}

/**
 * The caller as it stands now. Reading a body takes as long as the caller likes, and a stream lasts for hours: what was
 * proved at the door stays proved, but the record, the secret's version, what stands behind the key and this gateway's
 * freshness are asked again.
 */
export const subjectOf =
  (deps: Deps) =>
  (caller: Caller, address: string): Result<Subject> => {
    const key = deps.findKeyById(caller.key.id)
    if (!deps.isFresh(key)) return stale
    if (key === null) return revoked
    const records = deps.recordsOf(key.organization)
    if (records === null) return stale
    const now = deps.now()
    const code = refusalOf(key, caller.version, now)
    if (code !== null) return noLonger(code, key, now)
    return ok({ key, backing: deps.backingOf(key, records), gateway: deps.gatewayId(), address })
  }

const stale = refuse('gateway_stale', { retryAfterSeconds: 1 })
const revoked = refuse('key_revoked')
