import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { ok, type Result } from '../../problems.ts'
import { refuseAs } from './refusal.ts'

export type Form = ReadonlyMap<string, string>

/** RFC 8707 §2 and RFC 8693 §2.1 allow these more than once; everything else twice is a mistake or a trick (RFC 6749 §3.2). */
const repeatable: ReadonlySet<string> = new Set(['resource', 'audience'])
const parametersAtMost = 100

/** Pure: `application/x-www-form-urlencoded`. What repeats is joined by spaces, which none of its values may hold. */
export function parseForm(bytes: Buffer): Result<Form> {
  if (!isUtf8(bytes)) return notAForm
  const form = new Map<string, string>()
  let count = 0
  for (const [name, value] of new URLSearchParams(bytes.toString('utf8'))) {
    count += 1
    const held = form.get(name)
    if (count > parametersAtMost || (held !== undefined && !repeatable.has(name))) return repeated
    // Sent without a value it is as good as not sent (RFC 6749 §3.2).
    if (value !== '') form.set(name, held === undefined ? value : `${held} ${value}`)
  }
  return ok(form)
}

export const isForm = ({ 'content-type': type, 'content-encoding': encoding }: IncomingHttpHeaders): boolean =>
  /^application\/x-www-form-urlencoded\s*(?:;\s*charset=utf-8\s*)?$/i.test(type ?? '') &&
  (encoding === undefined || encoding === 'identity')

const notAForm = refuseAs('invalid_request', 'invalid', 'The body is not UTF-8.')
const repeated = refuseAs('invalid_request', 'invalid', 'A parameter stands in the body twice.')
