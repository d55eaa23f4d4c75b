import type { UrlState } from '../ui/useUrl.ts'
import { callFields } from './filters/fields.data.ts'

export const times = ['1h', '24h', '7d', '30d'] as const
const hours = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 } as const
const minuteMs = 60_000
const metadata = 'metadata.'
/** Of the log alone; its sums do not know them. */
const logFields = ['status', 'code', 'admitted', 'address', 'client'] as const

/** What stands in the address, as REST is asked. */
export function queryIn(url: UrlState, now: number): Readonly<Record<string, string>> {
  const named = [...callFields, ...logFields].flatMap((name) =>
    url[name] === undefined ? [] : [[name, url[name]] as const],
  )
  const time = times.find((one) => one === url['period'])
  // Whole minutes: else every look would ask for something else.
  const from = time && new Date(Math.floor(now / minuteMs) * minuteMs - hours[time] * 60 * minuteMs).toISOString()
  return Object.fromEntries([...named, ...metadataIn(url), ...(from === undefined ? [] : [['from', from]])])
}

const metadataIn = (url: UrlState) => Object.entries(url).filter(([name]) => name.startsWith(metadata))

/** Looks whole: an address, or a network that control can look for. Whether it is one control says. */
export const isAddress = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}(\/(8|16|24))?$/.test(text) || /^[\da-f:]*:[\da-f:.]*$/i.test(text)

/** `name=value`, as people write them. */
export const metadataTexts = (url: UrlState): string[] =>
  metadataIn(url).map(([name, value]) => `${name.slice(metadata.length)}=${value}`)

/** What takes the place of all metadata in the address. */
export function metadataPatch(url: UrlState, texts: readonly string[]): Record<string, string | undefined> {
  const gone = metadataIn(url).map(([name]) => [name, undefined])
  const there = texts.flatMap((text) => {
    const [name = '', ...rest] = text.split('=')
    return name.trim() === '' || rest.length === 0 ? [] : [[`${metadata}${name.trim()}`, rest.join('=').trim()]]
  })
  return Object.fromEntries([...gone, ...there])
}
