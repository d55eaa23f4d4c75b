import { type Result, statusOf } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Seat, Went } from '../duties.ts'
import type { Ending } from '../forward.ts'

/** A client that has hung up, as request logs write it. */
const leftStatus = 499

/** What stands in the record of a call to one server, and whether its price is due. */
export function wentOf(ending: Ending, answer: Pick<Answer, 'status' | 'code'>): Went {
  const { status, code } = answer
  switch (ending.kind) {
    case 'done':
      // A refusal of ours may stand in the middle of a stream: then the server did not answer to the end.
      return { status, code, isUnsent: false, isDue: status < 400 && code === null }
    case 'refused':
      return { status: statusOf(ending.problem), code: ending.problem.code, isUnsent: false, isDue: false }
    case 'broken':
      return { status, code: code ?? 'upstream_unreachable', isUnsent: false, isDue: false }
    case 'gone':
      return leftAs(answer, ending.isUnsent === true)
  }
}

/** The caller left or was cut. He pays all the same: else who hangs up behind the answer, before its end, has it for nothing. */
export const leftAs = ({ status, code }: Pick<Answer, 'status' | 'code'>, isUnsent: boolean): Went => ({
  status: code === null ? leftStatus : status,
  code,
  isUnsent,
  isDue: !isUnsent,
})

/** An accident of ours: the front answers it, and what was taken is free. */
export const accident: Went = { status: 500, code: 'internal', isUnsent: false, isDue: false }

/** Resolves when the call is written down and its last byte is released. */
export const conclude = (seat: Seat, went: Went, release: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    seat.settle(went, () => {
      try {
        release()
        resolve()
      } catch (error) {
        reject(error)
      }
    })
  })

/** The seat of a call that goes on; null: it is refused, or nobody waits for it any more and it has taken nothing. */
export function seatIn(seat: Result<Seat>, answer: Answer): Seat | null {
  if (!seat.ok) {
    if (!answer.isOver) answer.refuse(seat.problem)
    return null
  }
  if (!answer.isOver) return seat.value
  seat.value.settle(leftAs(answer, true), () => {})
  return null
}
