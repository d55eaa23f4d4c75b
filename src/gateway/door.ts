import { checks } from '../access/checks.ts'
import type { Subject } from '../access/decide.ts'
import type { Call } from '../access/schema.ts'
import type { Problem } from '../problems.ts'
import { denied } from './denied.ts'

const atTheDoor = checks.filter((check) => check.atTheDoor)
const noCall: Call = { kind: 'mcp', server: null, method: 'GET', tool: null }

/** For what is no call to a server: only those checks that ask who comes, from where and to whom. */
export function refusedAtTheDoor(subject: Subject, now: number): { ok: false; problem: Problem } | null {
  for (const { refuses } of atTheDoor) {
    const refusal = refuses(subject, noCall, now)
    if (refusal !== null) return denied({ kind: 'deny', ...refusal }, subject)
  }
  return null
}
