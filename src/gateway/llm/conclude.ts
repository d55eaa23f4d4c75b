import { type Problem, refuse, statusOf } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Ending } from '../forward.ts'
import type { FlightPlan } from './flight-plan.ts'
import type { Payment } from './payment.ts'

/** A client that has hung up, as request logs write it. */
const leftStatus = 499

/** The call is over: written down first, then its last byte goes. Resolves when it is gone. */
export function conclude(plan: FlightPlan, payment: Payment, ending: Ending, answer: Answer): Promise<void> {
  if (ending.kind === 'gone' && ending.isUnsent === true) {
    payment.undo()
    return Promise.resolve()
  }
  const { how, release } = endOf(plan, ending, answer)
  return new Promise((resolve, reject) => {
    payment.finish(how, () => {
      try {
        release()
        resolve()
      } catch (error) {
        reject(error)
      }
    })
  })
}

type End = { readonly how: Parameters<Payment['finish']>[0]; readonly release: () => void }

function endOf(plan: FlightPlan, ending: Ending, answer: Answer): End {
  const { status, code } = answer
  // Whoever left, or was cut, has been answered as far as that goes.
  if (answer.isOver || ending.kind === 'gone')
    return { how: { status: code === null ? leftStatus : status, code, isGone: code === null }, release: () => {} }
  if (ending.kind === 'done') return { how: { status, code, isGone: false }, release: () => answer.finish(ending.last) }
  const problem = ending.kind === 'refused' ? aboutProvider(ending.problem) : brokenOff
  if (answer.isUntouched) {
    const refused = { status: statusOf(problem), code: problem.code, isGone: false }
    return { how: refused, release: () => refuseWith(plan, answer, problem) }
  }
  return { how: { status, code: problem.code, isGone: false }, release: () => endStream(plan, answer, problem) }
}

function refuseWith({ payment }: FlightPlan, answer: Answer, problem: Problem): void {
  answer.standing = payment.headers()
  answer.refuse(problem)
}

function endStream(plan: FlightPlan, answer: Answer, problem: Problem): void {
  const event = plan.lastEvent()
  if (event !== null) answer.endWith(event, problem)
  else if (answer.sayRefusal(problem)) answer.finish()
  // In the middle of an event, or of a JSON text: what is not whole must not look whole.
  else answer.abandon()
}

/** Said of servers, where it is the provider. */
const aboutProvider = (problem: Problem): Problem => ({
  ...problem,
  detail: problem.detail.replace('The MCP server', 'The provider'),
})
const brokenOff = refuse('upstream_unreachable', {
  detail: 'The provider broke off in the middle of its answer.',
}).problem
