import { Worker } from 'node:worker_threads'
import type { StoreLog } from '../session.ts'
import { type Answer, errorOf, type Request, type Rows, type Setup } from './protocol.ts'

/** A database thread as the main thread sees it. */
export type Thread = {
  readonly ask: (request: Request) => Promise<Rows>
  readonly stop: () => Promise<void>
}

type Waiting = { readonly resolve: (rows: Rows) => void; readonly reject: (error: Error) => void }

export type ThreadOptions = {
  /** The thread has ended by itself after it had begun to work. */
  readonly onDied?: (() => void) | undefined
  /** What runs in it; a test puts one there that breaks. */
  readonly program?: URL
}

export const startThread = async (setup: Setup, log: StoreLog, options: ThreadOptions = {}): Promise<Thread> => {
  const { onDied = () => {}, program = new URL('./worker.ts', import.meta.url) } = options
  const worker = new Worker(program, { workerData: setup })
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  // The thread answers in order, so the oldest who waits is whose answer it is.
  const waiting: Waiting[] = []
  let dead: Error | null = null
  let stopping = false
  let working = false

  const wait = (): Promise<Rows> => new Promise((resolve, reject) => void waiting.push({ resolve, reject }))
  const die = (reason: Error): void => {
    const isFirst = dead === null
    dead ??= reason
    for (const each of waiting.splice(0)) each.reject(dead)
    if (!isFirst || stopping) return
    log.error({ error: reason }, 'a database thread has stopped')
    if (working) onDied()
  }
  worker.on('message', (answer: Answer) => {
    const first = waiting.shift()
    if (answer.ok) first?.resolve(answer.value)
    else first?.reject(errorOf(answer.failure))
  })
  worker.on('error', (error) => die(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', () => die(new Error('The database thread has stopped')))

  const ask = (request: Request): Promise<Rows> => {
    if (dead) return Promise.reject(dead)
    const answer = wait()
    worker.postMessage(request)
    return answer
  }
  const stop = async (): Promise<void> => {
    stopping = true
    await ask({ ask: 'close' }).catch(() => {})
    await gone
  }
  // The first answer says whether the file could be opened.
  await wait().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  working = true
  return { ask, stop }
}
