import type { z } from 'zod'
import { ok, type Result, refuse } from '../problems.ts'

/** Where a page ended, as text that means nothing outside: JSON in base64url, parsed strictly when it comes back. */
export const encodeCursor = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url')

/** Null for the first page. What we did not write ourselves is `bad_cursor`, not an error of ours. */
export function decodeCursor<T>(text: string | undefined, place: z.ZodType<T>): Result<T | null> {
  if (text === undefined) return ok(null)
  try {
    const parsed = place.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    if (parsed.success) return ok(parsed.data)
  } catch {
    // Not JSON: the same as any other foreign cursor.
  }
  return refuse('bad_cursor')
}
