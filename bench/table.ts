import { median } from './median.ts'
import type { Sample } from './rounds.ts'

type Cell = string | number

/** Columns as wide as their widest cell; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const text = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...text.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
  return `${text.map(line).join('\n')}\n`
}

/** Medians over the rounds; each ratio is the median of the ratios inside a round, which noise moves least. */
export function speedTable(samples: readonly Sample[], base: string): string {
  const names = [...new Set(samples.map((sample) => sample.name))]
  const of = (name: string) => samples.filter((sample) => sample.name === name)
  const ratio = (name: string, field: 'perSecond' | 'cpuPerCall') =>
    median(of(name).map((sample, round) => sample[field] / (of(base)[round]?.[field] ?? Number.NaN)))
  return table(
    [
      '',
      'calls/s',
      'p50 ms',
      'p99 ms',
      'CPU µs/call',
      '(best)',
      'RSS MB',
      `calls/s ÷ ${base}`,
      `CPU ÷ ${base}`,
      'answers',
    ],
    names.map((name) => {
      const mid = (field: 'perSecond' | 'p50' | 'p99' | 'cpuPerCall' | 'rss') => median(of(name).map((s) => s[field]))
      return [
        name,
        mid('perSecond').toFixed(0),
        mid('p50').toFixed(2),
        mid('p99').toFixed(2),
        mid('cpuPerCall').toFixed(1),
        Math.min(...of(name).map((s) => s.cpuPerCall)).toFixed(1),
        (mid('rss') / 1e6).toFixed(0),
        ratio(name, 'perSecond').toFixed(2),
        ratio(name, 'cpuPerCall').toFixed(2),
        statuses(of(name)),
      ]
    }),
  )
}

/** µs of CPU that the gateway needs more than the bare proxy, as the median over the rounds. */
export function costAdded(samples: readonly Sample[]): number {
  const of = (name: string) => samples.filter((sample) => sample.name === name).map((sample) => sample.cpuPerCall)
  const bare = of('bare proxy')
  return median(of('gateway').map((cpu, round) => cpu - (bare[round] ?? Number.NaN)))
}

function statuses(samples: readonly Sample[]): string {
  const sums: Record<string, number> = {}
  for (const sample of samples) {
    for (const [status, count] of Object.entries(sample.statuses)) sums[status] = (sums[status] ?? 0) + count
  }
  return Object.entries(sums)
    .map(([status, count]) => `${status}×${count}`)
    .join(' ')
}
