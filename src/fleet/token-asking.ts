import type { FromGateway, TokenAnswer, TokenRequest } from './schema.ts'
import type { SetTimer } from './wire.ts'

export type Ask = Omit<TokenRequest, 'type' | 'n'>
export type Answered = TokenAnswer['result']

/** A gateway's end of `/oauth/token`: control alone signs, so each request goes there and back. */
export type TokenAsking = {
  /** Null: no control is attached that could answer, or none did in time. Then nothing may be thought to have been made. */
  readonly ask: (request: Ask) => Promise<Answered | null>
  readonly heard: (answer: TokenAnswer) => void
  readonly attached: () => void
  /** What was asked is lost with the connection: whoever waits is told now. */
  readonly detached: () => void
}

type Deps = { readonly send: (frame: FromGateway) => void; readonly setTimer: SetTimer }

const answerMs = 5000
const waitingAtMost = 256

export function createTokenAsking({ send, setTimer }: Deps): TokenAsking {
  const waiting = new Map<number, (answer: Answered | null) => void>()
  let isAttached = false
  let last = 0
  return {
    ask: (request) => {
      if (!isAttached || waiting.size >= waitingAtMost) return Promise.resolve(null)
      last += 1
      const n = last
      return new Promise((resolve) => {
        const settle = (answer: Answered | null): void => {
          waiting.delete(n)
          stop()
          resolve(answer)
        }
        const stop = setTimer(answerMs, () => settle(null))
        waiting.set(n, settle)
        send({ type: 'token-request', n, ...request })
      })
    },
    heard: ({ n, result }) => waiting.get(n)?.(result),
    attached: () => {
      isAttached = true
    },
    detached: () => {
      isAttached = false
      for (const settle of [...waiting.values()]) settle(null)
    },
  }
}
