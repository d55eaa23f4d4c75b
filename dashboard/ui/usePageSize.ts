import { useCallback } from 'react'
import { useUrl } from './useUrl.ts'

export const pageSizes = [25, 50, 100, 200] as const
/** More than fits a window, and little enough to be painted at once. */
export const pageSize = 25

/** How many rows a page of the list has; stands in the address with its filters. */
export function usePageSize(): [size: number, set: (size: number) => void] {
  const [{ rows }, set] = useUrl()
  const size = pageSizes.find((each) => String(each) === rows) ?? pageSize
  const choose = useCallback((next: number) => set({ rows: next === pageSize ? undefined : String(next) }), [set])
  return [size, choose]
}
