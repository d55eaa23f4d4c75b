import { Worker } from 'node:worker_threads'
import type { Task, Told } from './protocol.ts'

/** Argon2 in a thread of its own, which yields to those that answer calls: it needs a whole core while it runs. */
export type Hashing = {
  readonly hash: (password: string, pepper: Uint8Array) => Promise<string>
  /** Takes as long where there is no password. */
  readonly verify: (phc: string | null, password: string, pepper: Uint8Array) => Promise<boolean>
  readonly stop: () => Promise<void>
}

type Waiting = { readonly resolve: (value: string | boolean) => void; readonly reject: (error: Error) => void }
type Thread = { readonly worker: Worker; readonly waiting: Waiting[] }

/** Started with the first password; one that broke fails who waits for it, and the next password starts another. */
export function createHashing(program = new URL('./worker.ts', import.meta.url)): Hashing {
  let current: Thread | null = null

  const start = (): Thread => {
    const thread: Thread = { worker: new Worker(program), waiting: [] }
    const { worker, waiting } = thread
    const ended = (error: Error): void => {
      if (current === thread) current = null
      for (const each of waiting.splice(0)) each.reject(error)
    }
    worker.unref()
    // It answers in order, so the oldest who waits is whose answer it is.
    worker.on('message', (told: Told) => {
      const first = waiting.shift()
      if (told.ok) first?.resolve(told.value)
      else first?.reject(new Error(told.why))
    })
    worker.on('error', (error) => ended(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => ended(new Error('The thread that hashes passwords has stopped')))
    return thread
  }
  const ask = (task: Task): Promise<string | boolean> => {
    current ??= start()
    const { worker, waiting } = current
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      worker.postMessage(task)
    })
  }
  return {
    hash: async (password, pepper) => String(await ask({ ask: 'hash', password, pepper })),
    verify: async (phc, password, pepper) => (await ask({ ask: 'verify', phc, password, pepper })) === true,
    stop: async () => void (await current?.worker.terminate()),
  }
}
