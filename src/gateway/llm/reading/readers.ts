import { Worker } from 'node:worker_threads'
import { ok, type Result, refuse } from '../../../problems.ts'
import type { LlmRoute } from '../place.ts'
import type { LlmRequest } from '../request.ts'
import type { Task, Told } from './protocol.ts'

/** A body and what it says. */
export type Read = { readonly request: LlmRequest; readonly bytes: Buffer }

/** Threads that read large bodies. Started when the first one comes. */
export type Readers = {
  /** `bytes` are gone from here: those of the answer are the same. Throws where the thread broke over this body. */
  readonly read: (bytes: Buffer, route: LlmRoute) => Promise<Result<Read>>
  readonly close: () => Promise<void>
}

type Options = {
  readonly threads?: number
  /** Bodies that wait, in bytes. */
  readonly waitingLimit?: number
  /** A test puts one here that breaks. */
  readonly program?: URL
}

type Waiting = {
  readonly memory: ArrayBuffer
  readonly route: LlmRoute
  readonly resolve: (read: Result<Read>) => void
  readonly reject: (error: Error) => void
}
type Thread = { readonly worker: Worker; current: Waiting | null }

export function createReaders(options: Options = {}): Readers {
  const {
    threads: most = 2,
    waitingLimit = 256 * 1024 * 1024,
    program = new URL('./worker.ts', import.meta.url),
  } = options
  const threads = new Set<Thread>()
  const queue: Waiting[] = []
  let waitingBytes = 0
  let isClosed = false

  /** What broke takes its own body with it and nobody else's: the others wait here and not in the thread. */
  const ended = (thread: Thread, error: Error): void => {
    if (!threads.delete(thread)) return
    thread.current?.reject(error)
    thread.current = null
    next()
  }
  const start = (): Thread => {
    const worker = new Worker(program, { resourceLimits: { maxOldGenerationSizeMb: 1024 } })
    const thread: Thread = { worker, current: null }
    worker.unref()
    worker.on('message', (told: Told) => {
      const { current } = thread
      thread.current = null
      current?.resolve(readOf(told))
      next()
    })
    worker.on('error', (error) => ended(thread, error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => ended(thread, new Error('a thread that reads bodies has stopped')))
    threads.add(thread)
    return thread
  }
  const next = (): void => {
    if (isClosed) return
    const idle = [...threads].find(({ current }) => current === null) ?? (threads.size < most ? start : null)
    const first = idle === null ? undefined : queue.shift()
    if (idle === null || first === undefined) return
    const thread = typeof idle === 'function' ? idle() : idle
    waitingBytes -= first.memory.byteLength
    thread.current = first
    const task: Task = { memory: first.memory, route: first.route }
    thread.worker.postMessage(task, [first.memory])
    next()
  }
  return {
    read: (bytes, route) => {
      if (isClosed) return Promise.resolve(tooBusy)
      if (waitingBytes + bytes.length > waitingLimit) return Promise.resolve(tooBusy)
      return new Promise((resolve, reject) => {
        queue.push({ memory: memoryOf(bytes), route, resolve, reject })
        waitingBytes += bytes.length
        next()
      })
    },
    close: async () => {
      isClosed = true
      for (const { resolve } of queue.splice(0)) resolve(tooBusy)
      for (const { current } of threads) current?.resolve(tooBusy)
      await Promise.allSettled([...threads].map(({ worker }) => worker.terminate()))
    },
  }
}

const readOf = ({ result, memory }: Told): Result<Read> =>
  result.ok ? ok({ request: result.value, bytes: Buffer.from(memory) }) : result

/** Memory that is this body's alone can be handed over; a part of a larger one is copied. */
function memoryOf(bytes: Buffer): ArrayBuffer {
  const { buffer, byteLength } = bytes
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isWhole ? buffer : new Uint8Array(bytes).buffer
}

const tooBusy = refuse('busy', { detail: 'Too many large bodies wait to be read.', retryAfterSeconds: 1 })
