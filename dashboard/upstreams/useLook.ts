import { ask } from '../api.ts'
import { useChange } from '../ui/useChange.ts'
import type { UpstreamProps } from './upstream.ts'

/** Has a saved one looked at now: a server by every gateway, a provider by control. */
export const useLook = <Answer>(kind: UpstreamProps['kind'], id: string, done: (answer: Answer) => void) =>
  useChange<undefined, Answer>({
    run: () => ask<Answer>(`POST /${kind}/${id}/test`, { body: {} }),
    refreshes: [kind],
    done,
  })
