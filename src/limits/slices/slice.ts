/**
 * How much of what is left one ask is given: an eighth of the limit at most, unless one call needs more; nothing when it
 * would not be enough. Pure.
 */
export function sliceOf(
  { wanted, need }: { readonly wanted: number; readonly need: number },
  limit: number,
  left: number,
): number {
  const amount = Math.min(left, Math.max(need, Math.min(wanted, largestSlice(limit))))
  return amount < need ? 0 : amount
}

export const largestSlice = (limit: number): number => Math.max(1, Math.floor(limit / 8))
