import { type Counts, countsOf, type Difference, differences } from './compare.ts'
import { type Revision, revisions, runSuite, type Target } from './suite.ts'

export type EraResult = {
  readonly revision: Revision
  readonly direct: Counts
  readonly through: Counts | null
  readonly differences: readonly Difference[]
}

/** One after the other: the suite measures time in places, and two suites on one machine disturb each other. */
export async function runEras(direct: Target, through: Target | null): Promise<EraResult[]> {
  const results: EraResult[] = []
  for (const revision of revisions) {
    const without = await runSuite(direct, revision)
    const within = through && (await runSuite(through, revision))
    results.push({
      revision,
      direct: countsOf(without),
      through: within && countsOf(within),
      differences: within ? differences(without, within) : [],
    })
  }
  return results
}

export function report(results: readonly EraResult[]): string {
  const cell = (counts: Counts | null) =>
    counts ? `${counts.passed} passed, ${counts.failed} failed`.padEnd(24) : '–'.padEnd(24)
  const lines = results.flatMap((result) => [
    `${result.revision}  ${cell(result.direct)}  ${cell(result.through)}  ${result.differences.length}`,
    ...result.differences.map(
      ({ check, direct, through, reason }) =>
        `    ${check}\n        direct: ${direct}\n        through: ${through}${reason ? `\n        ${reason}` : ''}`,
    ),
  ])
  return [`revision    ${'direct'.padEnd(24)}  ${'through the gateway'.padEnd(24)}  differences`, ...lines, ''].join(
    '\n',
  )
}
