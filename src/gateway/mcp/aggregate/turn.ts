import { type Members, membersOf } from '../stdio/message.ts'
import { type Asking, clientMayBeAsked, type Said } from './client.ts'
import type { Channel } from './exchange.ts'
import type { Lease } from './leases.ts'
import { createTalk, type Step } from './talk.ts'

/**
 * One call of a client of 2026-07-28 to a server of an older era, which may take several of its requests: what the
 * server says meanwhile goes into the answer of whichever is there now.
 */
export type Turn = {
  readonly go: (hearer: Hearer) => Promise<Step>
  readonly answer: (responses: Members) => void
  readonly end: () => void
}
type Hearer = Pick<Channel, 'tell' | 'signal'> & { readonly progress: Asking['onProgress'] }

export function beginTurn(
  { client, giveBack, discard }: Lease,
  capabilities: Members,
  [method, params]: readonly [string, Members],
  notices: (notice: Said, tell: Channel['tell']) => void,
): Turn {
  let hearer: Hearer | null = null
  const stop = new AbortController()
  const talk = createTalk(() => stop.abort())
  client.hear({
    notice: (notice) => {
      if (hearer !== null) notices(notice, hearer.tell)
    },
    question: (question, signal) => {
      if (!clientMayBeAsked(capabilities, question.method)) throw cannot
      return talk.question(question, signal)
    },
  })
  const onProgress = (progress: Members) => hearer?.progress?.(membersOf(progress))
  const outcome = client.ask(method, params, { signal: stop.signal, onProgress })
  // What was cancelled may still be talked about: that session is for nobody else.
  outcome.then(giveBack, (error) => (stop.signal.aborted || client.isLost(error) ? discard() : giveBack()))
  talk.follow(outcome)
  return {
    go: async (next) => {
      hearer = next
      try {
        return await talk.step(next.signal)
      } finally {
        hearer = null
      }
    },
    answer: talk.answer,
    end: talk.end,
  }
}

const cannot = Object.assign(new Error('The client cannot be asked for that.'), { code: -32601 })
