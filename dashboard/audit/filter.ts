import type { UrlState } from '../ui/useUrl.ts'

/** What the log can be asked for, under the same names in the address of the page and in REST. */
export const filterNames = ['actor', 'action', 'subject', 'address', 'from', 'to'] as const
export type Filter = Readonly<Partial<Record<(typeof filterNames)[number], string>>>

export const filterIn = (url: UrlState): Filter =>
  Object.fromEntries(
    filterNames.flatMap((name) => {
      const value = url[name]
      return value === undefined || value === '' ? [] : [[name, value]]
    }),
  )

/** What a field for date and time shows of an instant, in the zone of whoever looks, and back. */
export const localOf = (instant: string | undefined): string => {
  const at = new Date(instant ?? '')
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
export const instantOf = (local: string): string | undefined => {
  const at = new Date(local)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
