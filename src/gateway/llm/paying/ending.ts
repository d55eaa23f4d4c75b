import type { BudgetRecord } from '../../../budgets/schema.ts'
import { type Problem, refuse } from '../../../problems.ts'
import { anthropicEvent, openaiEvent, openaiRefusal } from '../answer.ts'
import type { LlmRoute } from '../place.ts'

/** The last event of a stream that is paid for no further, as clients of its route read errors. */
export function endingEvent(route: LlmRoute, problem: Problem, requestId: string): string {
  switch (route) {
    case 'messages':
      return anthropicEvent(problem, requestId)
    case 'responses': {
      // Its own event says the error in the event itself; the official client looks for `error` in any.
      const { error, ...rest } = JSON.parse(openaiRefusal(problem, requestId).body) as { error: object }
      const event = { type: 'error', code: problem.code, message: problem.detail, param: null, error, ...rest }
      return `event: error\ndata: ${JSON.stringify(event)}\n\n`
    }
    default:
      return openaiEvent(problem, requestId)
  }
}

/** A stream has used up what it paid for, and a budget had no more. */
export function spentMeanwhile(budgets: readonly BudgetRecord[]): Problem {
  const names = budgets.map(({ id, period, target }) => `${id} (${period}, of the ${target.type})`).join(', ')
  const { problem } = refuse('budget_exceeded', {
    detail: `The answer ends here: a budget has no more for it. It draws from ${names}. Raise the budget, wait for its next period, or ask for a shorter answer.`,
  })
  return problem
}

/** The same with a limit of tokens; `seconds` until its window ends. */
export function limitedMeanwhile(seconds: number): Problem {
  const { problem } = refuse('rate_limited', {
    detail: `The answer ends here: a limit of tokens per minute has no more for it. It begins anew in ${seconds} s.`,
    retryAfterSeconds: seconds,
  })
  return problem
}
