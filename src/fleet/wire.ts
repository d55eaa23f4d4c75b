import type { RawData, WebSocket } from 'ws'
import { closing } from './frames.ts'

/** One end of the feed's socket, alike for control and gateway: text frames, a watch for silence, a cap on what waits. */
export type SetTimer = (ms: number, run: () => void) => () => void

export type Wire = {
  /** Drops the frame when the socket is closed; ends a socket whose other end does not keep up. */
  readonly send: (text: string) => void
  /** One after the other, each when the one before has left: a snapshot must not fill the memory. */
  readonly sendPaced: (texts: Iterable<string>) => Promise<void>
  readonly close: (code: number, reason: string) => void
  readonly isOpen: () => boolean
}

type Deps = {
  readonly socket: WebSocket
  readonly monotonic: () => number
  readonly setTimer: SetTimer
  readonly onText: (text: string) => void
  /** Once, with the code of the other end's close frame, or 1006 when there was none. */
  readonly onClose: (code: number, reason: string) => void
}

/** Longer than any pause of a healthy end: heartbeats and their answers come each second. */
export const silenceMs = 10_000
const closeMs = 1000
const maxWaiting = 32 * 1024 * 1024

export function createWire(deps: Deps): Wire {
  const { socket } = deps
  let heardAt = deps.monotonic()
  let closed = false
  let stopWatch = (): void => {}
  const waiting = new Set<() => void>()

  const isOpen = (): boolean => !closed && socket.readyState === socket.OPEN
  const close = (code: number, reason: string): void => {
    if (closed) return
    // A close frame's reason holds at most 123 bytes (RFC 6455 §5.5).
    socket.close(code, reason.slice(0, 120))
    deps.setTimer(closeMs, () => socket.terminate())
  }
  const watch = (): void => {
    const quiet = deps.monotonic() - heardAt
    // Not `close`: whoever is silent does not answer a close frame either.
    if (quiet >= silenceMs) socket.terminate()
    else stopWatch = deps.setTimer(silenceMs - quiet, watch)
  }
  const send = (text: string): void => {
    if (!isOpen()) return
    // The close frame would wait behind everything else; the other end comes back and starts from a snapshot.
    if (socket.bufferedAmount > maxWaiting) socket.terminate()
    else socket.send(text)
  }

  socket.on('message', (data: RawData, isBinary: boolean) => {
    heardAt = deps.monotonic()
    if (isBinary) close(closing.malformed, 'text frames only')
    else deps.onText(data.toString())
  })
  // ws reports a broken frame or connection here and closes; without a listener it would end the process.
  socket.on('error', () => {})
  socket.on('close', (code, reason) => {
    closed = true
    stopWatch()
    for (const resume of waiting) resume()
    deps.onClose(code, reason.toString())
  })
  watch()
  return { send, close, isOpen, sendPaced: (texts) => sendPaced(socket, isOpen, waiting, texts) }
}

async function sendPaced(
  socket: WebSocket,
  isOpen: () => boolean,
  waiting: Set<() => void>,
  texts: Iterable<string>,
): Promise<void> {
  for (const text of texts) {
    if (!isOpen()) return
    await new Promise<void>((resolve) => {
      const resume = (): void => {
        waiting.delete(resume)
        resolve()
      }
      waiting.add(resume)
      socket.send(text, resume)
    })
  }
}
