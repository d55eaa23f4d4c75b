import { refuse } from '../../../problems.ts'
import type { Timeouts } from '../../../servers/schema.ts'
import type { Sink } from './answer.ts'

/**
 * A sink that does not wait longer than the server's record says: until something of the answer comes, progress and
 * questions included; between two pieces of it; and for all of it. A stream of the protocol may be silent and last as
 * long as it likes, once it has begun. What comes after the end finds a closed sink.
 */
export function impatient(inner: Sink, timeouts: Timeouts, isStream: boolean, onOver: () => void): Sink {
  const { answerSeconds, idleSeconds, totalSeconds } = timeouts
  const stop = () => {
    clearTimeout(next)
    clearTimeout(total)
  }
  const giveUp = () => {
    stop()
    inner.fail(tooSlow)
    onOver()
  }
  let next = setTimeout(giveUp, answerSeconds * 1000)
  const total = isStream || totalSeconds === null ? undefined : setTimeout(giveUp, totalSeconds * 1000)
  return {
    push: (text) => {
      clearTimeout(next)
      if (!isStream) next = setTimeout(giveUp, idleSeconds * 1000)
      return inner.push(text)
    },
    finish: (text) => {
      stop()
      inner.finish(text)
    },
    drop: () => {
      stop()
      inner.drop()
    },
    fail: (problem) => {
      stop()
      inner.fail(problem)
    },
  }
}

const tooSlow = refuse('upstream_timeout').problem
