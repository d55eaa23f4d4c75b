import { isLocalCall } from '../http/client-address.ts'
import type { PlainRoute } from './app.ts'
import { type Answer, problemAnswer } from './call.ts'
import type { Guard } from './guard.ts'

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
  actor: null,
})

type Deps = {
  /** What keeps control from doing its work right now; empty when nothing does. */
  readonly waitingFor: () => Promise<readonly string[]>
  readonly metrics: { readonly text: () => Promise<string>; readonly contentType: string }
  readonly guard: Guard
}

/** Liveness says that the loop turns; readiness that a call would be served. Neither says more to strangers. */
export const healthRoutes = (deps: Deps): PlainRoute[] => [
  { path: '/healthz', isQuiet: true, answer: () => json(200, { status: 'ok' }) },
  {
    path: '/readyz',
    isQuiet: true,
    answer: async () => {
      const waitingFor = await deps.waitingFor()
      return waitingFor.length === 0 ? json(200, { status: 'ready' }) : json(503, { status: 'not ready', waitingFor })
    },
  },
  {
    // Numbers over all organizations: for programs on this machine, and for the operator from elsewhere.
    path: '/metrics',
    isQuiet: true,
    answer: async (call) => {
      const { remoteAddress, localAddress } = call.stream.socket
      if (!isLocalCall(remoteAddress, call.stream.headers, localAddress)) {
        const operator = await deps.guard({ right: 'operator' }, call)
        if (!operator.ok) return problemAnswer(operator.problem, call.requestId)
      }
      const body = await deps.metrics.text()
      return { status: 200, headers: { 'content-type': deps.metrics.contentType }, body, actor: null }
    },
  },
]
