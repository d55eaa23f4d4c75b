const nanoPerUsd = 1_000_000_000n

/** USD as decimal text, exact to the nano-USD: a float would lose parts of long sums. */
export function usdOf(nano: bigint | number): string {
  const value = BigInt(nano)
  const parts = (value % nanoPerUsd).toString().padStart(9, '0').replace(/0+$/, '')
  const whole = (value / nanoPerUsd).toString()
  return parts === '' ? whole : `${whole}.${parts}`
}
