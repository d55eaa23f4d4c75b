import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { StoreLog } from '../session.ts'
import { clientOptions } from './connections.ts'

type Deps = {
  readonly url: string
  readonly log: StoreLog
  readonly isOwn: (backend: number) => boolean
  /** Called when another process has committed changes, and after each gap in which that could have been missed. */
  readonly heard: () => void
}
const firstPauseMs = 100
const longestPauseMs = 5_000

/**
 * The one connection that listens. It may be lost at any time, and a pooler in between may swallow what it hears:
 * notifications only hurry, the sequencer's poll is what can be relied on.
 */
export const listen = async (deps: Deps): Promise<{ close: () => Promise<void> }> => {
  const ended = new AbortController()
  const first = Promise.withResolvers<void>()
  const loop = async (): Promise<void> => {
    for (let pauseMs = firstPauseMs; !ended.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const heardSomething = await hearOnce(deps, ended.signal, first.resolve)
      first.resolve()
      if (heardSomething) pauseMs = firstPauseMs
      await pause(pauseMs, undefined, { signal: ended.signal, ref: false }).catch(() => {})
    }
  }
  const done = loop()
  await first.promise
  return {
    close: async () => {
      ended.abort()
      await done
    },
  }
}

/** Until the connection is lost; says whether there was one. */
const hearOnce = async (deps: Deps, end: AbortSignal, connected: () => void): Promise<boolean> => {
  const client = new pg.Client(clientOptions(deps.url))
  const lost = new Promise<void>((resolve) => {
    client.on('end', resolve)
    client.on('error', () => resolve())
    end.addEventListener('abort', () => resolve(), { once: true })
  })
  client.on('notification', ({ processId }) => {
    if (!deps.isOwn(processId)) deps.heard()
  })
  try {
    await client.connect()
    await client.query('listen ostiary_changes')
    connected()
    deps.heard()
    await lost
    if (!end.aborted) deps.log.warn({}, 'the connection that listens for changes was lost')
    return true
  } catch (error) {
    deps.log.warn({ error }, 'PostgreSQL cannot be listened to; changes are polled meanwhile')
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
