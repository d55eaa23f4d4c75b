export const defaultThresholds = '50, 80, 100'

/** `50,80,100` as numbers, each once, sorted; null where something of it is no whole percentage from 1 to 100. */
export function thresholdsOf(text: string): number[] | null {
  const parts = text
    .split(/[,\s;]+/)
    .map((part) => part.replace(/%$/, ''))
    .filter(Boolean)
  if (parts.some((part) => !/^\d{1,3}$/.test(part))) return null
  const percents = parts.map(Number)
  if (percents.some((percent) => percent < 1 || percent > 100)) return null
  return [...new Set(percents)].sort((one, other) => one - other)
}
