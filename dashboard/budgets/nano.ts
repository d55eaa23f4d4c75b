/** Money is decimal text of USD on the wire, and whole nano-USD where it is added up: a float would lose parts of it. */

const perUsd = 1_000_000_000n

/** Of text as REST writes it: `12.5`, `-0.000000001`. */
export function nanoOf(usd: string): bigint {
  const isNegative = usd.startsWith('-')
  const [whole = '0', part = ''] = (isNegative ? usd.slice(1) : usd).split('.')
  const size = BigInt(whole || '0') * perUsd + BigInt(part.slice(0, 9).padEnd(9, '0'))
  return isNegative ? -size : size
}

/** Exact, with two digits behind the point at least. */
export function usdOf(nano: bigint): string {
  const size = nano < 0n ? -nano : nano
  const part = String(size % perUsd).padStart(9, '0')
  const rest = part.slice(2).replace(/0+$/, '')
  return `${nano < 0n ? '-' : ''}${size / perUsd}.${part.slice(0, 2)}${rest}`
}

/** To a hundredth, for bars and words; what is paid out of nothing is all of it. */
export function percentOf(part: bigint, whole: bigint): number {
  if (whole <= 0n) return part > 0n ? 100 : 0
  return Number((part * 10_000n) / whole) / 100
}

/** Whether a person has typed an amount that REST takes. */
export const isUsd = (text: string): boolean => /^\d{1,9}(\.\d{1,9})?$/.test(text.trim())
