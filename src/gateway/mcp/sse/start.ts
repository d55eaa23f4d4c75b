import type { Log } from '../../../observe/log.ts'
import { createLink, type Link } from '../stdio/link.ts'
import type { Started } from '../stdio/pool.ts'
import { type ConnectionDeps, type ConnectionSpec, openConnection } from './connection.ts'

export type ConnectDeps = ConnectionDeps & {
  readonly log: Log
  readonly turnWaitMs: number
  /** A connection that worked and ended by itself. */
  readonly onCrash: (why: string) => void
  readonly onGone: (link: Link) => void
}

/** A connection that one session, or one look of ours, has for itself. It says nothing yet: who opened it greets. */
export function startConnection(
  deps: ConnectDeps,
  spec: ConnectionSpec & { readonly label: string },
): { started: Promise<Started>; stop: () => Promise<void> } {
  const { promise: started, resolve } = Promise.withResolvers<Started>()
  let isReady = false
  let isStopped = false
  const link = createLink(
    {
      send: (text) => connection.send(text),
      turnWaitMs: deps.turnWaitMs,
      onNoise: (line) => deps.log.debug({ server: spec.label, bytes: line.length }, 'event is not JSON-RPC'),
    },
    'own',
  )
  const stop = async () => {
    isStopped = true
    connection.stop()
    deps.onGone(link)
  }
  const connection = openConnection(deps, spec, {
    onReady: () => {
      isReady = true
      resolve({ ok: true, upstream: { link, greeting: null, lastWords: () => '', stop } })
    },
    onLine: link.receive,
    onGone: (why, isTimeout) => {
      resolve({ ok: false, failure: { kind: isTimeout ? 'timeout' : 'unreachable', why } })
      if (!isReady && !isStopped) deps.log.debug({ server: spec.label, why }, 'a server could not be connected to')
      if (isReady && !isStopped) deps.onCrash(why)
      deps.onGone(link)
    },
  })
  return { started, stop }
}
