import type { UsageItem } from '../../src/requests/schema.ts'
import { translator } from '../texts.ts'
import { exactOf, type Measure } from './measure.ts'
import { texts } from './texts.data.ts'
import { colours, type Series, type UsageSums } from './useUsage.ts'

const t = translator(texts)

/** One colour of a chart with its exact numbers, by hour or day. */
export type Line = {
  readonly id: string
  readonly label: string
  /** The label is what somebody wrote. */
  readonly isName: boolean
  readonly color: string
  readonly exact: readonly bigint[]
  readonly total: bigint
}

type Drawing = {
  readonly measure: Measure
  readonly all: readonly (UsageSums | null)[]
  /** Null: all together. */
  readonly series: readonly Series[] | null
  readonly nameOf: (item: UsageItem) => string
}

const sumOf = (exact: readonly bigint[]): bigint => exact.reduce((sum, one) => sum + one, 0n)
const lineOf = (id: string, label: string, colour: number, exact: readonly bigint[], isName = false): Line => ({
  id,
  label,
  isName,
  color: `var(--series-${colour})`,
  exact,
  total: sumOf(exact),
})

export function linesOf({ measure, all, series, nameOf }: Drawing): Line[] {
  if (series !== null) return splitLines(measure, all, series, nameOf)
  if (measure === 'tokens')
    return [
      lineOf(
        'input',
        t('input'),
        0,
        all.map((sums) => BigInt(sums?.tokens.input ?? 0)),
      ),
      lineOf(
        'output',
        t('output'),
        1,
        all.map((sums) => BigInt(sums?.tokens.output ?? 0)),
      ),
    ]
  return [
    lineOf(
      measure,
      t(measure),
      measure === 'refused' ? 1 : 0,
      all.map((sums) => exactOf(measure, sums)),
    ),
  ]
}

function splitLines(
  measure: Measure,
  all: readonly (UsageSums | null)[],
  series: readonly Series[],
  nameOf: (item: UsageItem) => string,
): Line[] {
  const own = series.map(({ id, item, sums }, at) =>
    lineOf(
      id,
      item === null ? '' : nameOf(item),
      at,
      sums.map((one) => exactOf(measure, one)),
      true,
    ),
  )
  const rest = all.map((sums, at) => {
    const left = exactOf(measure, sums) - sumOf(own.map(({ exact }) => exact[at] ?? 0n))
    // Answers of different moments: a call that came between them is in one of them only.
    return left > 0n ? left : 0n
  })
  return sumOf(rest) > 0n ? [...own, lineOf('others', t('others'), colours, rest)] : own
}
