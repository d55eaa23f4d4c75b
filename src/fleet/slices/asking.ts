import type { FromGateway } from '../schema.ts'
import type { SetTimer } from '../wire.ts'
import { type Grant, type Returned, type SliceAnswer, type SliceAsk, sliceAsksPerFrame } from './schema.ts'

/** A gateway's end of slices. What is asked for in one turn of the loop goes out in one frame. */
export type SliceAsking = {
  /** Null: no control is attached, or none answered in time. What it may have granted all the same is lost until its window ends. */
  readonly ask: (ask: SliceAsk) => Promise<Grant | null>
  readonly giveBack: (items: readonly Returned[]) => void
  readonly heard: (answer: SliceAnswer) => void
  readonly attached: () => void
  readonly detached: () => void
}

type Deps = { readonly send: (frame: FromGateway) => void; readonly setTimer: SetTimer }

/** Longer nobody waits; a later answer is nobody's, and what it brought is taken by `onLate`. */
const answerMs = 250
const frameAtMost = 1000

type Waiting = { readonly ask: SliceAsk; readonly settle: (grant: Grant | null) => void }

export function createSliceAsking({
  send,
  setTimer,
  onLate,
}: Deps & { readonly onLate: (ask: SliceAsk, grant: Grant) => void }): SliceAsking {
  const asked = new Map<number, readonly Waiting[]>()
  let next: Waiting[] = []
  let isAttached = false
  let last = 0
  const flush = (): void => {
    const waiting = next
    next = []
    if (!isAttached) {
      for (const { settle } of waiting) settle(null)
      return
    }
    for (let at = 0; at < waiting.length; at += sliceAsksPerFrame) {
      const some = waiting.slice(at, at + sliceAsksPerFrame)
      last += 1
      asked.set(last, some)
      // An answer that never comes must not be remembered for ever.
      if (asked.size > frameAtMost) asked.delete(asked.keys().next().value ?? 0)
      send({ type: 'slice-request', n: last, asks: some.map(({ ask }) => ask) })
    }
  }
  return {
    ask: (ask) => {
      if (!isAttached) return Promise.resolve(null)
      return new Promise((resolve) => {
        let isOver = false
        const settle = (grant: Grant | null): void => {
          if (isOver) {
            if (grant !== null && grant.amount > 0) onLate(ask, grant)
            return
          }
          isOver = true
          stop()
          resolve(grant)
        }
        const stop = setTimer(answerMs, () => settle(null))
        next.push({ ask, settle })
        if (next.length === 1) queueMicrotask(flush)
      })
    },
    giveBack: (items) => {
      for (let at = 0; at < items.length; at += 1000) send({ type: 'slice-return', items: items.slice(at, at + 1000) })
    },
    heard: ({ n, grants }) => {
      const waiting = asked.get(n)
      asked.delete(n)
      for (const [place, { settle }] of (waiting ?? []).entries()) settle(grants[place] ?? null)
    },
    attached: () => {
      isAttached = true
    },
    detached: () => {
      isAttached = false
      const lost = [...asked.values()].flat()
      asked.clear()
      for (const { settle } of lost) settle(null)
    },
  }
}
