import type { Result } from '../../../problems.ts'
import { denied } from '../../denied.ts'
import { leadsElsewhere } from '../../target.ts'
import { moved } from '../pass.ts'
import type { Exchange } from './exchange.ts'
import { admitSome } from './gate.ts'

/** A stream goes on while there is one server left; a call, while there is its own. */
export function decideAgain({ gate, message, aim }: Pick<Exchange, 'gate' | 'message' | 'aim'>): Result<unknown> {
  const { method, tool } = message
  if (aim.kind !== 'one') return admitSome(gate)
  const subject = gate.subject()
  if (!subject.ok) return subject
  const now = gate.current(aim.server)
  const no = gate.deny(subject.value, now, { method, tool: tool === null ? null : aim.name })
  if (no !== null) return denied(no, subject.value)
  return now !== null && leadsElsewhere(aim.server, now) ? moved : subject
}
