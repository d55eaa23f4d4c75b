import type { KeyView } from '../../src/keys/schema.ts'
import type { RequestView, UsageItem } from '../../src/requests/schema.ts'
import type { PageOf } from '../api.ts'
import { useMay } from '../session/session.tsx'
import { useOne } from '../ui/useCalls.ts'

export type StepId = 'server' | 'key' | 'connect' | 'call'
export type Progress = {
  readonly isLoading: boolean
  /** Steps that somebody with these rights has, in their order. */
  readonly steps: readonly { readonly id: StepId; readonly isDone: boolean }[]
  readonly isOver: boolean
  readonly newestKey: KeyView | null
  /** The last call that was refused, while none was admitted. */
  readonly refused: RequestView | null
}
export type UsageAnswer = { readonly total: Omit<UsageItem, 'id' | 'of'> }

/** How far a new installation, or a new member, is on the way to a first call. What is there says it; nothing is stored. */
export function useProgress(every?: { readonly ms: number }): Progress {
  const may = useMay()
  const reads = (right: Parameters<typeof may>[0]) => may(right) !== 'none'
  const one = { limit: 1 }
  const servers = useOne<PageOf<unknown>>(reads('servers:read') ? '/servers' : null, one, every)
  const providers = useOne<PageOf<unknown>>(reads('providers:read') ? '/providers' : null, one, every)
  const keys = useOne<PageOf<KeyView>>(reads('keys:read') ? '/keys' : null, { status: 'active', limit: 1 }, every)
  const calls = useOne<PageOf<RequestView>>(reads('requests:read') ? '/requests' : null, one, every)
  const usage = useOne<UsageAnswer>(reads('usage:read') ? '/usage' : null, one, every)
  const newestKey = keys.data?.items[0] ?? null
  const last = calls.data?.items[0] ?? null
  const isCalled = (usage.data?.total.requests ?? 0) > 0 || last?.admitted === true
  const hasServer = hasAny(servers.data) || hasAny(providers.data)
  const steps = [
    ...(may('servers:write') === 'none' ? [] : [{ id: 'server', isDone: hasServer } as const]),
    { id: 'key', isDone: newestKey !== null || isCalled },
    { id: 'connect', isDone: last !== null || isCalled },
    { id: 'call', isDone: isCalled },
  ] as const
  return {
    isLoading: [servers, providers, keys, calls, usage].some(({ isLoading }) => isLoading),
    steps,
    isOver: steps.every(({ isDone }) => isDone),
    newestKey,
    refused: isCalled || last === null || last.admitted ? null : last,
  }
}

const hasAny = (page: PageOf<unknown> | undefined): boolean => (page?.items.length ?? 0) > 0
