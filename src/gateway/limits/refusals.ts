import type { LimitRecord, Measure } from '../../limits/schema.ts'
import { type Problem, type Result, refuse } from '../../problems.ts'

export type Refusal = Extract<Result<never>, { readonly ok: false }>

const things: Record<Measure, string> = {
  requests: 'requests a minute',
  tokens: 'tokens a minute',
  concurrent: 'calls at the same time',
  streams: 'open streams at the same time',
}

const about = (limit: LimitRecord): NonNullable<Problem['data']> => ({ limit: limit.id, target: limit.target.type })

/** Of whom, as the caller knows it: his own key, and of the rest what kind of thing it is. */
const whose = ({ target: { type, name } }: LimitRecord): string => {
  if (type === 'key') return 'this key'
  return name === null ? `the ${type} of this call` : `the ${type} ${name}`
}

/** `afterMs`: until it can be otherwise. */
export function overLimit(limit: LimitRecord, measure: Measure, most: number, afterMs: number): Refusal {
  const seconds = Math.max(1, Math.ceil(afterMs / 1000))
  const isSeat = measure === 'concurrent' || measure === 'streams'
  const way = isSeat ? 'End one, or come again a little later.' : `Come again in ${seconds} s.`
  return refuse('rate_limited', {
    detail: `The limit of ${most} ${things[measure]} of ${whose(limit)} is reached. ${way}`,
    retryAfterSeconds: seconds,
    data: about(limit),
  })
}

/** More than the whole limit: it never fits, whenever it comes. */
export function beyondLimit(limit: LimitRecord, needed: number, most: number, afterMs: number): Refusal {
  return refuse('rate_limited', {
    detail: `This call may take ${needed} tokens, and the limit of ${whose(limit)} is ${most} a minute. Ask for fewer output tokens, or send less.`,
    retryAfterSeconds: Math.max(1, Math.ceil(afterMs / 1000)),
    data: about(limit),
  })
}

/** Control cannot be asked, and nothing may be counted without it. */
export const unavailable = (limit: LimitRecord): Refusal =>
  refuse('limits_unavailable', {
    detail: `The limit of ${whose(limit)} cannot be counted while this gateway does not reach control. Come again in a moment.`,
    retryAfterSeconds: 1,
    data: about(limit),
  })
