import type { WebSocket } from 'ws'
import type { Secret } from '../secret.ts'
import { closing } from './frames.ts'
import { createWire, type SetTimer, type Wire } from './wire.ts'

/** Keeps one socket to control open: again and again, with growing pauses and jitter, until it is stopped. */
export type Redial = {
  readonly start: () => void
  readonly stop: () => Promise<void>
  readonly useUrl: (url: string) => void
  /** Control has welcomed us: if that lasts, the next failure starts with the shortest pause. */
  readonly succeeded: () => void
  readonly wire: () => Wire | null
}

type Deps = {
  readonly url: string
  readonly token: Secret
  readonly connect: (url: string, token: Secret) => WebSocket
  readonly monotonic: () => number
  readonly random: () => number
  readonly setTimer: SetTimer
  readonly onOpen: (wire: Wire) => void
  readonly onText: (wire: Wire, text: string) => void
  readonly onClose: () => void
  readonly log: {
    readonly warn: (fields: object, message: string) => void
    readonly error: (fields: object, message: string) => void
  }
}

const firstMs = 50
const longestMs = 2000
/** A connection that breaks as soon as it stands, over something that we send each time, must not come back at once. */
const lastingMs = 5000
/** Refused: a person has to act, and until then control should not be bothered. */
const refusedMs = 10_000

export function createRedial(deps: Deps): Redial {
  let url = deps.url
  const pauses = createPauses(deps)
  let current: { readonly socket: WebSocket; readonly wire: Wire } | null = null
  let isStopped = true
  let stopTimer = (): void => {}
  let whenClosed = (): void => {}

  const again = (ms: number): void => {
    if (isStopped) return
    stopTimer()
    // Half of it at random, so that a fleet does not come back in one moment.
    stopTimer = deps.setTimer(ms * (0.5 + deps.random() / 2), connect)
  }
  const connect = (): void => {
    const socket = deps.connect(url, deps.token)
    let status = 0
    let why = ''
    socket.on('error', ({ message }) => {
      why = message
    })
    socket.on('unexpected-response', (_request, response) => {
      status = response.statusCode ?? 0
      // With a listener ws leaves the handshake to us; ended, it emits 'close'.
      socket.terminate()
    })
    const wire = createWire({
      socket,
      monotonic: deps.monotonic,
      setTimer: deps.setTimer,
      onText: (text) => deps.onText(wire, text),
      onClose: (code) => {
        current = null
        const pause = pauses.next()
        deps.onClose()
        whenClosed()
        if (isStopped) return
        again(pauseAfter(deps, { status, code, why, isFirst: pause === firstMs }) ?? pause)
      },
    })
    current = { socket, wire }
    socket.on('open', () => deps.onOpen(wire))
  }
  return {
    start: () => {
      if (!isStopped) return
      isStopped = false
      connect()
    },
    stop: () => {
      isStopped = true
      stopTimer()
      if (!current) return Promise.resolve()
      const { wire } = current
      return new Promise((resolve) => {
        whenClosed = resolve
        wire.close(closing.done, 'goodbye')
      })
    },
    useUrl: (next) => {
      if (next === url) return
      url = next
      pauses.restart()
      if (isStopped) return
      // An open socket leads to where control was: it ends by itself or now, and the next one goes to the new place.
      if (current) current.socket.terminate()
      else again(0)
    },
    succeeded: pauses.welcomed,
    wire: () => current?.wire ?? null,
  }
}

/** Longer from one failure to the next; from the beginning after a connection that lasted. */
function createPauses({ monotonic }: Pick<Deps, 'monotonic'>) {
  let ms = firstMs
  let welcomedAt: number | null = null
  return {
    welcomed: () => {
      welcomedAt = monotonic()
    },
    restart: () => {
      ms = firstMs
    },
    next: (): number => {
      if (welcomedAt !== null && monotonic() - welcomedAt >= lastingMs) ms = firstMs
      welcomedAt = null
      const pause = ms
      ms = Math.min(ms * 2, longestMs)
      return pause
    },
  }
}

type End = { readonly status: number; readonly code: number; readonly why: string; readonly isFirst: boolean }

/** How long to wait when trying again soon is of no use; null otherwise. */
function pauseAfter({ log }: Deps, end: End): number | null {
  if (end.status === 401 || end.status === 403 || end.code === closing.revoked) {
    log.error({ status: end.status, code: end.code }, 'control refuses the token of this gateway')
    return refusedMs
  }
  if (end.code === closing.versions) {
    log.error({}, 'control and this gateway are more than one release apart: upgrade the older one')
    return refusedMs
  }
  // Once, not every two seconds for as long as control is away.
  if (end.isFirst)
    log.warn({ status: end.status, code: end.code, why: end.why }, 'no connection to control; trying again')
  return null
}
