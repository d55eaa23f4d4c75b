import type { ProblemCode } from '../problems.ts'
import { dutiesOf } from './caps.ts'
import type { Subject } from './check.ts'
import { checks } from './checks.ts'
import type { Call, Deny, Trace, Verdict } from './schema.ts'

export type { Subject } from './check.ts'

/**
 * The only place where a yes is made, for every plane and path. Pure, so the same function filters lists and answers
 * why: with a `trace` all checks are asked and written into it, and the first that refuses decides as it does without.
 */
export function decide(subject: Subject, call: Call, now: number, trace?: Trace[]): Verdict {
  let first: Deny | null = null
  for (const { name, refuses } of checks) {
    const refusal = refuses(subject, call, now)
    if (refusal && !first) first = { kind: 'deny', ...refusal }
    if (first && !trace) return first
    trace?.push({
      check: name,
      passed: refusal === null,
      code: refusal?.code ?? null,
      rule: refusal?.rule ?? null,
      revision: refusal?.revision ?? null,
    })
  }
  if (first) return first
  const duties = dutiesOf(subject, call)
  return duties.length === 0 ? allowed : { kind: 'allow', duties }
}

const allowed: Verdict = { kind: 'allow', duties: [] }

/**
 * The rule as a caller may learn it. Why a server, provider or model is not for him would tell whether it exists; the
 * log and `POST /access/explain`, for whoever may see the key, name the rule itself.
 */
export const publicRule = ({ code, rule }: Pick<Deny, 'code' | 'rule'>): string => hidden[code] ?? rule

const hidden: Partial<Record<ProblemCode, string>> = {
  server_not_allowed: 'server',
  provider_not_allowed: 'provider',
  model_not_allowed: 'model',
  tool_not_allowed: 'tool',
}
