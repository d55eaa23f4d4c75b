import type { Members } from '../stdio/message.ts'
import type { Said } from './client.ts'

type Waiting = Said & {
  readonly resolve: (answer: Members) => void
  readonly reject: (error: Error) => void
}

/**
 * A call whose server asks back while it runs, for a client that hears of questions in the answer only (2026-07-28,
 * `input_required`): each step goes on until the call is over or something is asked.
 */
export type Talk = {
  readonly question: (question: Said, signal: AbortSignal) => Promise<Members>
  /** The result, or what is asked now. Rejects with the call's error. */
  readonly step: (signal: AbortSignal) => Promise<Step>
  /** Answers by the names under which was asked; what is not answered is asked again. */
  readonly answer: (responses: Members) => void
  readonly end: () => void
}
export type Step =
  | { readonly kind: 'over'; readonly result: Members }
  | { readonly kind: 'asks'; readonly inputRequests: Members }

/** `end` is to end the call as well. */
export function createTalk(onEnd: () => void): Talk & { readonly follow: (outcome: Promise<Members>) => void } {
  const open = new Map<string, Waiting>()
  let count = 0
  let outcome: Promise<Members> = new Promise(() => {})
  let asked = Promise.withResolvers<void>()
  const forget = (name: string) => {
    open.delete(name)
    if (open.size === 0) asked = Promise.withResolvers<void>()
  }
  const end = () => {
    for (const { reject } of open.values()) reject(over)
    open.clear()
    onEnd()
  }
  return {
    follow: (running) => {
      outcome = running
      running.catch(() => {})
    },
    question: ({ method, params }, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<Members>()
      count += 1
      const name = `question${count}`
      open.set(name, { method, params, resolve, reject })
      signal.addEventListener('abort', () => forget(name), { once: true })
      asked.resolve()
      return promise
    },
    step: async (signal) => {
      const left = Promise.withResolvers<never>()
      const leave = () => {
        left.reject(over)
        end()
      }
      if (signal.aborted) leave()
      signal.addEventListener('abort', leave, { once: true })
      try {
        const result = await Promise.race([outcome, asked.promise, left.promise])
        return result === undefined ? { kind: 'asks', inputRequests: requestsOf(open) } : { kind: 'over', result }
      } finally {
        signal.removeEventListener('abort', leave)
      }
    },
    answer: (responses) => {
      for (const [name, { resolve }] of [...open]) {
        const response = responses[name]
        if (typeof response !== 'object' || response === null) continue
        forget(name)
        resolve({ ...response })
      }
    },
    end,
  }
}

const requestsOf = (open: ReadonlyMap<string, Waiting>): Members =>
  Object.fromEntries([...open].map(([name, { method, params }]) => [name, { method, params }]))

const over = Object.assign(new Error('Nobody waits for this call any more.'), { code: -32603 })
