import { type Result, refuse } from '../../problems.ts'

export type InTurn = <T>(work: () => Promise<Result<T>>) => Promise<Result<T>>

/** One looks into the store while another one's Argon2 runs; more at once would only stand in everybody else's way. */
const width = 2
const mostWaiting = 512

/**
 * A crowd comes through one after the other from its first look into the store on: else two hundred looks at once would
 * hold up the calls of those who are signed in.
 */
export function createTurns(): InTurn {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < width) running += 1
    else if (waiting.length >= mostWaiting) return refuse('busy', { retryAfterSeconds: 1 })
    // Whoever leaves hands over the turn, so that nobody slips in between.
    else await new Promise<void>((turn) => waiting.push(turn))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
