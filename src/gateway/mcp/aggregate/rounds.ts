import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import type { Said } from './client.ts'

const mostRounds = 8

/**
 * A server of 2026-07-28 asks in its result, and is called again with the answers. A client of an older era hears each
 * question as a request, and of the rounds nothing.
 */
export async function answerRounds(
  newId: () => string,
  ask: (more: Members) => Promise<Members>,
  question: (question: Said) => Promise<Members>,
): Promise<Members> {
  let result = await ask({})
  for (let round = 0; result['resultType'] === 'input_required'; round += 1) {
    if (round === mostRounds) throw Object.assign(new Error('The MCP server asks again and again.'), { code: -32603 })
    const { inputRequests, requestState } = result
    const asked = Object.entries(membersOf(inputRequests)).filter(([, one]) => isMembers(one))
    const inputResponses: Record<string, Members> = {}
    // One after the other: whoever is asked is one person.
    for (const [name, one] of asked) inputResponses[name] = await question(questionIn(membersOf(one), newId))
    result = await ask({ inputResponses, ...(requestState === undefined ? {} : { requestState }) })
  }
  return result
}

/** Up to 2025-11-25 a page that is to be opened has a name of its own, under which its end is told. */
function questionIn({ method, params: said }: Members, newId: () => string): Said {
  const params = membersOf(said)
  const isNameless =
    method === 'elicitation/create' && params['mode'] === 'url' && params['elicitationId'] === undefined
  return { method: String(method), params: isNameless ? { ...params, elicitationId: newId() } : params }
}
