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

/** Filters that REST does not have: they are applied to what it answers. */
export type Narrowing = { readonly refused: boolean; readonly address: string; readonly client: string }
export const isNarrow = ({ refused, address, client }: Narrowing): boolean => refused || address !== '' || client !== ''

export const fits =
  ({ refused, address, client }: Narrowing) =>
  (call: RequestView): boolean =>
    !(refused && call.admitted) &&
    call.address.startsWith(address) &&
    call.client.toLowerCase().includes(client.toLowerCase())
