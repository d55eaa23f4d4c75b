import type { z } from 'zod'
import { ok, type Result, refuse } from '../problems.ts'

/** Where a page ended, as text that means nothing outside: JSON in base64url, parsed strictly when it comes back. */
export const encodeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** Null for the first page. What we did not write ourselves is `bad_cursor`, not an error of ours. */
export function decodeCursor<T>(text: string | undefined, place: z.ZodType<T>): Result<T | null> {
  if (text === undefined) return ok(null)
  try {
    const given: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    const parsed = place.safeParse(given)
    // PostgreSQL takes no NUL, and no place of ours holds one.
    const isWhole = !Array.isArray(given) || given.every((part) => !String(part).includes('\0'))
    if (parsed.success && isWhole) return ok(parsed.data)
  } catch {
    // Not JSON: the same as any other foreign cursor.
  }
  return refuse('bad_cursor')
}
