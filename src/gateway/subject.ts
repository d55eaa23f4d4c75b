import type { Backing, Records } from '../access/backing.ts'
import type { Caps } from '../access/caps.ts'
import type { Subject } from '../access/decide.ts'
import { endOfChild } from '../keys/children/standing.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { refusalOf, refusalOfState } from '../keys/standing.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Caller } from './authenticate.ts'
import type { ProvedChild } from './children/proved.ts'
import { childOver, noLonger } from './denied.ts'
import type { Pins } from './pins.ts'

type Deps = {
  readonly findKeyById: (id: string) => KeyRecord | null
  readonly recordsOf: (organization: string) => Records | null
  readonly backingOf: (key: KeyRecord, records: Records) => Backing
  /** Live; null: the organization has none. */
  readonly capsOf: (organization: string) => Caps | null
  readonly isFresh: (key: KeyRecord | null) => boolean
  readonly isRevoked: (child: ProvedChild) => boolean
  /** It names this gateway, for keys of that organization. */
  readonly isForUs: (child: ProvedChild, organization: string) => boolean
  /** The record with the network that it was first used from here. */
  readonly pinned: Pins['pinned']
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
    const child = caller.child && { made: caller.child.made, isRevoked: deps.isRevoked(caller.child) }
    const code = child === null ? refusalOf(key, caller.version, now) : refusalOfState(key, now)
    if (code !== null) return noLonger(code, key, now)
    if (caller.child !== null && !deps.isForUs(caller.child, key.organization)) return invalid
    const over = child && endOfChild(child.made, key, child.isRevoked, now)
    if (over !== null) return childOver(over, key)
    const backing = deps.backingOf(key, records)
    const caps = deps.capsOf(key.organization)
    return ok({ key: deps.pinned(key), child, backing, caps, gateway: deps.gatewayId(), address })
  }

const invalid = refuse('key_invalid')

const stale = refuse('gateway_stale', { retryAfterSeconds: 1 })
const revoked = refuse('key_revoked')
