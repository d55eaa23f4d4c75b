import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'

type ChartLine = { readonly name: string; readonly label: string; readonly color: string }
type ChartPoint = Readonly<Record<string, string | number>>

type Props = {
  /** `slot` is what stands below the bar, the rest is by the names of the lines. */
  readonly points: readonly ChartPoint[]
  readonly lines: readonly ChartLine[]
  readonly formatted: (height: number) => string
}

/** Bars over time, for the eye only: who cannot see them has the table of the same numbers. */
export function TimeChart({ points, lines, formatted }: Props) {
  return (
    <div aria-hidden translate="no">
      <BarChart
        h={280}
        data={[...points]}
        dataKey="slot"
        type="stacked"
        series={[...lines]}
        accessibilityLayer={false}
        valueFormatter={formatted}
        maxBarWidth={48}
        tickLine="none"
        gridAxis="x"
        xAxisProps={{ minTickGap: 24 }}
        yAxisProps={{ width: 72, allowDecimals: true }}
        barProps={{ isAnimationActive: false }}
      />
    </div>
  )
}
