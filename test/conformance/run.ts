import { type Counts, countsOf, type Difference, differences, isVerdict, type Kind, nameOf } from './compare.ts'
import { excused } from './excused.data.ts'
import { type Check, type Revision, revisions, runSuite, type Target } from './suite.ts'

export type Through = {
  readonly route: string
  readonly counts: Counts
  readonly same: number
  readonly differences: readonly Difference[]
}
export type EraResult = { readonly revision: Revision; readonly direct: Counts; readonly through: readonly Through[] }

/** One after the other: the suite measures time in places, and two suites on one machine disturb each other. */
export async function runEras(
  direct: Target,
  routes: readonly { readonly route: string; readonly target: Target }[],
  eras: readonly Revision[] = revisions,
): Promise<EraResult[]> {
  const results: EraResult[] = []
  for (const revision of eras) {
    const without = await runSuite(direct, revision)
    const through: Through[] = []
    for (const { route, target } of routes) through.push(compared(route, without, await runSuite(target, revision)))
    results.push({ revision, direct: countsOf(without), through })
  }
  return results
}

function compared(route: string, without: readonly Check[], within: readonly Check[]): Through {
  const found = differences(without, within)
  const changed = new Set(found.map(({ check }) => check))
  const same = without.filter(isVerdict).filter((one) => !changed.has(nameOf(one))).length
  return { route, counts: countsOf(within), same, differences: found }
}

/** What may not be: a check that is worse through the gateway, or that is not made there. */
export const lossesOf = (results: readonly EraResult[]): Difference[] =>
  results.flatMap(({ through }) =>
    through.flatMap(({ route, differences }) =>
      differences.filter((one) => one.kind !== 'better' && !isExcused(route, one)),
    ),
  )

const isExcused = (route: string, { check, through }: Pick<Difference, 'check' | 'through'>): boolean =>
  route.startsWith('aggregated') && excused.some((one) => one.check === check && one.verdict === through)

export function report(results: readonly EraResult[]): string {
  const lines = results.flatMap(({ revision, direct, through }) => [
    row([revision, 'direct', passed(direct), '', '', '', '']),
    ...through.flatMap(({ route, counts, same, differences }) => {
      const of = (kind: Kind) => String(differences.filter((one) => one.kind === kind).length)
      return [
        row([revision, route, passed(counts), String(same), of('better'), of('worse'), of('vanished')]),
        ...differences.map(
          ({ kind, check, direct, through, reason }) =>
            `    ${kind}${isExcused(route, { check, through }) ? ' (excused)' : ''}: ${check}\n        direct: ${direct}\n        through: ${through}${reason ? `\n        ${reason}` : ''}`,
        ),
      ]
    }),
  ])
  return [row(['revision', 'route', 'verdicts', 'same', 'better', 'worse', 'vanished']), ...lines, ''].join('\n')
}

const passed = ({ passed, failed }: Counts): string => `${passed} passed, ${failed} failed`
const widths = [12, 16, 24, 6, 8, 7, 8]
const row = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => cell.padEnd(widths[at] ?? 0))
    .join('')
    .trimEnd()
