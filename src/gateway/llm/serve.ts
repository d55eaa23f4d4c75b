import { refuse } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Incoming } from '../incoming.ts'
import type { LlmPlace } from './place.ts'

/** PLACEHOLDER: every check of a call to an LLM provider, in order. */
export const serveLlm =
  () =>
  async (_call: Incoming, answer: Answer, _place: LlmPlace): Promise<void> =>
    answer.refuse(refuse('not_found').problem)
