import { z } from 'zod'
import { expiryPresets } from '../keys/schema.ts'
import { type Failure, usage } from './control.ts'

/** What people type, checked before anything is sent: one sentence says which word is wrong and what it may be. */
export type Given<T> = { readonly ok: true; readonly value: T } | Failure

const given = <T>(value: T): Given<T> => ({ ok: true, value })

/** Digits, with a decimal point for parts of a second: what `Number` reads besides (empty, 0x1f, 1e3) is a slip. */
const plainNumber = /^\d+(\.\d+)?$/

export function seconds(flag: string, text: string, most: number): Given<number> {
  const isRight = plainNumber.test(text) && Number(text) <= most
  return isRight ? given(Number(text)) : usage(`${flag} must be a number of seconds from 0 to ${most}, not "${text}".`)
}

export const isOneOf = <T extends string>(words: readonly T[], text: unknown): text is T =>
  words.some((word) => word === text)

/** Names by comma. Nothing at all is more likely a variable that is not set than a wish. */
export const byComma = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean)

const days = { '30d': 30, '60d': 60, '90d': 90, '180d': 180, '1y': 365 } as const
const dayMs = 86_400_000

/** An instant for calls that know no presets; null is never. Control says whether the instant fits. */
export function expiryAt(text: string, now: number): Given<string | null> {
  if (text === 'never') return given(null)
  if (isOneOf(['30d', '60d', '90d', '180d', '1y'] as const, text))
    return given(new Date(now + days[text] * dayMs).toISOString())
  return isInstant(text) ? given(text) : usage(wrongExpiry(text))
}

export const wrongExpiry = (text: string): string =>
  `--expires must be ${expiryPresets.join(', ')} or a time in UTC like 2027-01-31T00:00:00Z, not "${text}".`

/** Exactly what control reads. */
export const isInstant = (text: string): boolean => z.iso.datetime().safeParse(text).success

/** The path of one object. `.` and `..` would be read as part of the path. */
export function pathTo(collection: string, id: string): Given<string> {
  return /^\.*$/.test(id.trim()) ? usage('The <id> is empty.') : given(`${collection}/${encodeURIComponent(id)}`)
}

/** How long an answer waits for gateways, as control reads it. */
export function waitMs(wait: string | undefined): Given<number | undefined> {
  if (wait === undefined) return given(undefined)
  const waited = seconds('--wait', wait, 30)
  return waited.ok ? given(Math.round(waited.value * 1000)) : waited
}

export type Paging = { readonly search?: string; readonly limit?: string; readonly cursor?: string }

/** What every list takes; the query as control reads it. */
export function paging({ search, limit, cursor }: Paging): Given<Record<string, string | undefined>> {
  if (limit !== undefined && !(/^\d{1,3}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= 200))
    return usage(`--limit must be a whole number from 1 to 200, not "${limit}".`)
  if (search !== undefined && !(search.trim().length >= 1 && search.length <= 120))
    return usage('--search must be 1 to 120 characters.')
  if (cursor === '') return usage('--cursor is empty; leave it out for the first page.')
  return given({ search, limit, cursor })
}
