import { nanoOf } from '../budgets/nano.ts'
import type { UsageSums } from './useUsage.ts'

/** What a chart draws. */
export const measures = ['requests', 'refused', 'tokens', 'cost'] as const
export type Measure = (typeof measures)[number]
export const measureOf = (text: string | undefined): Measure => measures.find((one) => one === text) ?? 'requests'

/** Whole numbers that can be added up without loss: money in nano-USD. */
export function exactOf(measure: Measure, sums: UsageSums | null): bigint {
  if (sums === null) return 0n
  if (measure === 'cost') return nanoOf(sums.costUsd)
  if (measure === 'tokens') return BigInt(sums.tokens.input) + BigInt(sums.tokens.output)
  return BigInt(sums[measure])
}

/** As high as it is drawn. */
export const heightOf = (measure: Measure, exact: bigint): number =>
  measure === 'cost' ? Number(exact) / 1e9 : Number(exact)
