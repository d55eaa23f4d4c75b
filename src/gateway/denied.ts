import { publicRule, type Subject } from '../access/decide.ts'
import type { Deny } from '../access/schema.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { type KeyRefusal, refusalOfState } from '../keys/standing.ts'
import { type Problem, problems, refuse } from '../problems.ts'
import { details } from './refusals.data.ts'

/**
 * A no of the decision as the caller hears it. The rule itself and the revision that it was read at stand in the log,
 * under the request id that both have.
 */
export function denied({ code, rule, revision }: Deny, { key }: Pick<Subject, 'key'>): { ok: false; problem: Problem } {
  return refuse(code, {
    detail: details[code] ?? problems[code].title,
    // Of the key, whatever the rule stands in: the revision of what he may not see would tell that it is there.
    data: { rule: publicRule({ code, rule }), revision: key.revision },
    log: { rule, ruleRevision: revision },
    ...(code === 'environment_mixed' ? { status: 403 } : {}),
  })
}

/** At the door, where the secret is known: the key is over, or only the version that the secret belongs to. */
export function noLonger(code: KeyRefusal, key: KeyRecord, now: number): { ok: false; problem: Problem } {
  const rule = refusalOfState(key, now) === null ? 'key.secrets' : 'key.state'
  return denied({ kind: 'deny', code, rule, revision: key.revision }, { key })
}

/** The same for a child token: it is over, and its key may go on. */
export const childOver = (
  { code, rule }: { readonly code: KeyRefusal; readonly rule: string },
  key: KeyRecord,
): { ok: false; problem: Problem } => denied({ kind: 'deny', code, rule, revision: key.revision }, { key })

/**
 * A decoy reads like a revoked key in all that it says: a key that was revoked has been changed at least once, so its
 * revision is no longer the first.
 */
export const ended = (key: KeyRecord): { ok: false; problem: Problem } =>
  noLonger('key_revoked', { ...key, state: 'revoked', revision: key.revision + 1 }, 0)
