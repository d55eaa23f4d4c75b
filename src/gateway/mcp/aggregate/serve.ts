import { refuse } from '../../../problems.ts'
import type { Answer } from '../../answer.ts'
import type { Incoming } from '../../incoming.ts'

type Deps = object

/** All servers of a key at one address. */
export const aggregate =
  (_deps: Deps) =>
  async (_call: Incoming, answer: Answer): Promise<void> => {
    answer.refuse(refuse('not_found').problem)
  }
