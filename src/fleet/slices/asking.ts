import type { FromGateway } from '../schema.ts'
import type { SetTimer } from '../wire.ts'
import {
  type Grant,
  type HeldSeats,
  isOfSeats,
  type Returned,
  type SliceAnswer,
  type SliceAsk,
  sliceAsksPerFrame,
} from './schema.ts'

/** A gateway's end of slices. What is asked for in one turn of the loop goes out in one frame. */
export type SliceAsking = {
  /** Null: no control is attached, or none answered in time. What it grants all the same is for `late`, if the connection lasts. */
  readonly ask: (ask: SliceAsk, late: (grant: Grant) => void) => Promise<Grant | null>
  readonly giveBack: (items: readonly Returned[]) => void
  readonly heard: (answer: SliceAnswer) => void
  readonly attached: () => void
  readonly detached: () => void
}

type Deps = {
  readonly send: (frame: FromGateway) => void
  readonly setTimer: SetTimer
  /** Seats of limits that this process has: what else was on its way to it or back is lost with the connection. */
  readonly heldSeats: () => readonly HeldSeats[]
}

/** Longer nobody waits. */
const answerMs = 250
const frameAtMost = 1000
const heldAtMost = 20_000

type Waiting = { readonly ask: SliceAsk; readonly settle: (grant: Grant | null) => void }

export function createSliceAsking({ send, setTimer, heldSeats }: Deps): SliceAsking {
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
    ask: (ask, late) => {
      if (!isAttached) return Promise.resolve(null)
      return new Promise((resolve) => {
        let isOver = false
        const settle = (grant: Grant | null): void => {
          if (isOver) {
            if (grant !== null && grant.amount > 0) late(grant)
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
      // Seats that go back before we are welcome will be missing among those held: control must not hear of it twice.
      const rest = isAttached ? items : items.filter((item) => !isOfSeats(item))
      for (let at = 0; at < rest.length; at += 1000) send({ type: 'slice-return', items: rest.slice(at, at + 1000) })
    },
    heard: ({ n, grants }) => {
      const waiting = asked.get(n)
      asked.delete(n)
      for (const [place, { settle }] of (waiting ?? []).entries()) settle(grants[place] ?? null)
    },
    attached: () => {
      isAttached = true
      const items = [...heldSeats()]
      // All or none: one that is missing is free. More of them would not fit a frame, and lost ones wait for our end.
      if (items.length <= heldAtMost) send({ type: 'seats-held', items })
    },
    detached: () => {
      isAttached = false
      const lost = [...asked.values()].flat()
      asked.clear()
      for (const { settle } of lost) settle(null)
    },
  }
}
