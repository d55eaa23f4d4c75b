import { usdOf } from '../budgets/nano.ts'
import { Usd } from '../ui/Usd.tsx'
import type { Measure } from './measure.ts'

/** A sum with every digit of it. */
export const Amount = ({ measure, exact }: { readonly measure: Measure; readonly exact: bigint }) =>
  measure === 'cost' ? (
    <Usd usd={usdOf(exact)} />
  ) : (
    <span translate="no" className="number">
      {exact.toLocaleString()}
    </span>
  )
