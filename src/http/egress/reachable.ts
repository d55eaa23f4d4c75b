import { ok, type Result, refuse } from '../../problems.ts'
import { problemOfHost, type Reach } from './reach.ts'

/**
 * Refuses an address that gateways would not call, where its text tells. Names are not looked up here: a gateway may stand
 * in another network, where they mean something else.
 */
export function reachable(text: string, reach: Reach, pointer: string): Result<null> {
  const url = URL.parse(text)
  const problem = url === null ? 'It is no URL.' : problemOfHost(url, reach)
  if (problem === null) return ok(null)
  return refuse('invalid', { detail: problem, errors: [{ pointer, detail: problem.replace(/\.$/, '') }] })
}
