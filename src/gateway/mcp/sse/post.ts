import type { Dispatcher } from 'undici'
import type { Pool } from '../../prepared.ts'

/** Sends the messages of one connection, each in a POST of its own. */
export type Post = {
  /** `isOrdered`: what is sent later waits until this was taken. False: too much waits to be taken already. */
  readonly send: (line: string, isOrdered: boolean, onRefused: () => void) => boolean
  readonly stop: () => void
}
type Deps = {
  readonly pool: Pick<Pool, 'dispatch'>
  readonly path: string
  readonly headers: readonly string[]
  readonly postMs: number
}

/** What is sent and not taken yet, bytes; as for a child's input. */
const waitingCap = 64 * 1024 * 1024
/** Nothing is read of it but its status. */
const answerCap = 64 * 1024
const orderMs = 1000

/**
 * A client waits for the 202 of `notifications/initialized` before it asks on, and some servers refuse what comes before
 * it. We have answered the client already, so here the order is kept: what follows a notification waits for it, a short
 * while, as a server may also answer a POST only when it has done everything.
 */
export function createPost(deps: Deps): Post {
  const running = new Set<Dispatcher.DispatchController>()
  let waiting = 0
  let isOver = false
  let before: Promise<unknown> = Promise.resolve()
  return {
    send: (line, isOrdered, onRefused) => {
      const bytes = Buffer.byteLength(line)
      if (waiting + bytes > waitingCap) return false
      waiting += bytes
      const taken = before
        .then(() => (isOver ? false : post(deps, running, line)))
        .catch(() => false)
        .then((isTaken) => {
          waiting -= bytes
          if (!isTaken) onRefused()
        })
      if (isOrdered) before = atMost(taken, orderMs)
      return true
    },
    stop: () => {
      isOver = true
      for (const controller of running) controller.abort(closed)
    },
  }
}

const closed = new Error('the connection is closed')

function post(deps: Deps, running: Set<Dispatcher.DispatchController>, line: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const { path, postMs } = deps
  const headers = [...deps.headers, 'accept', '*/*', 'content-type', 'application/json']
  let bytes = 0
  const over = (controller: Dispatcher.DispatchController, isTaken: boolean) => {
    running.delete(controller)
    resolve(isTaken)
  }
  deps.pool.dispatch(
    { path, method: 'POST', headers, body: line, headersTimeout: postMs, bodyTimeout: postMs },
    {
      onRequestStart: (controller) => void running.add(controller),
      onResponseStart: (_controller, status) => {
        if (status >= 200) resolve(status < 300)
      },
      onResponseData: (controller, chunk) => {
        bytes += chunk.length
        if (bytes > answerCap) controller.abort(closed)
      },
      onResponseEnd: (controller) => over(controller, false),
      onResponseError: (controller, _error) => over(controller, false),
    },
  )
  return promise
}

function atMost(work: Promise<unknown>, ms: number): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms).unref()
  void work.finally(() => {
    clearTimeout(timer)
    resolve()
  })
  return promise
}
