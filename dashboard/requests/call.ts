import type { RequestView } from '../../src/requests/schema.ts'

/** A caller may say the same request id twice, so a call is told from others by more than that. */
export const callId = ({ at, id, key, method, tool, model, latencyMs }: RequestView): string =>
  [at, id, key, method, tool, model, latencyMs].join(' ')

export type Outcome = 'admitted' | 'refused' | 'callerLeft' | 'failed' | 'unknownStatus'

export function outcomeOf({ admitted, status, code }: RequestView): Outcome {
  if (!admitted) return 'refused'
  if (status === 499) return 'callerLeft'
  if (status === 0) return 'unknownStatus'
  return status >= 400 || code !== null ? 'failed' : 'admitted'
}
