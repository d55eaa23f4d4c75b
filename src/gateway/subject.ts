import type { Subject } from '../access/decide.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { refusalOf } from '../keys/standing.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Caller } from './authenticate.ts'

type Deps = {
  readonly findKeyById: (id: string) => KeyRecord | null
  readonly isFresh: (key: KeyRecord | null) => boolean
  readonly gatewayId: () => string
  readonly now: () => number
}

/**
 * The caller as it stands now. Reading a body takes as long as the caller likes, and a stream lasts for hours: what was
 * proved at the door stays proved, but the record, the secret's version and this gateway's freshness are asked again.
 */
export const subjectOf =
  (deps: Deps) =>
  (caller: Caller, address: string): Result<Subject> => {
    const key = deps.findKeyById(caller.key.id)
    if (!deps.isFresh(key)) return stale
    if (key === null) return revoked
    const code = refusalOf(key, caller.version, deps.now())
    return code === null ? ok({ key, gateway: deps.gatewayId(), address }) : refuse(code)
  }

const stale = refuse('gateway_stale', { retryAfterSeconds: 1 })
const revoked = refuse('key_revoked')
