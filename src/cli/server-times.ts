import type { Timeouts } from '../servers/schema.ts'
import { usage } from './control.ts'
import { together } from './input.ts'
import { wholeNumber } from './key-options.ts'
import type { Given } from './values.ts'

/** How long gateways wait for a server, as options. */
export type TimeOptions = {
  readonly connectTimeout?: string
  readonly answerTimeout?: string
  readonly idleTimeout?: string
  readonly totalTimeout?: string
}

const sentence = (flag: string, most: number, more = '') =>
  `${flag} must be a whole number of seconds from 1 to ${most}${more}.`
const [connect, answer, idle, total] = [
  sentence('--connect-timeout', 60),
  sentence('--answer-timeout', 3600),
  sentence('--idle-timeout', 86_400),
  sentence('--total-timeout', 86_400, ', or none'),
]

/** Those that were given; null: none was. */
export function timesIn(options: TimeOptions): Given<Partial<Timeouts> | null> {
  const { totalTimeout } = options
  const fields = together({
    connectSeconds: within(options.connectTimeout, 60, connect),
    answerSeconds: within(options.answerTimeout, 3600, answer),
    idleSeconds: within(options.idleTimeout, 86_400, idle),
    totalSeconds: totalTimeout === 'none' ? { ok: true, value: null } : within(totalTimeout, 86_400, total),
  })
  if (!fields.ok) return fields
  return { ok: true, value: Object.keys(fields.value).length === 0 ? null : fields.value }
}

function within(text: string | undefined, most: number, wrong: string): Given<unknown> {
  const number = wholeNumber(text, wrong)
  if (!number.ok || number.value === undefined) return number
  return Number(number.value) >= 1 && Number(number.value) <= most ? number : usage(wrong)
}
