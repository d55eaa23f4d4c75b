import type { Check } from './suite.ts'

/** `vanished` also where one of several equal ids is missing: a check that is not made says nothing. */
export type Kind = 'better' | 'worse' | 'vanished'
export type Difference = {
  readonly kind: Kind
  readonly check: string
  readonly direct: string
  readonly through: string
  readonly reason: string | undefined
}

export const nameOf = ({ scenario, id, name }: Check): string => `${scenario} › ${id} › ${name}`

/** The suite's log lines, no verdicts: how many there are depends on how many events share one read. */
export const isVerdict = (check: Check): boolean =>
  check.status !== 'INFO' || !/^(incoming|outgoing|stream)-/.test(check.id)

/**
 * Check by check, because counts lie: a gateway that answers 405 to DELETE makes two checks vanish and none fail
 * (G11). Ids repeat inside a scenario, so each id stands for the sorted list of its verdicts.
 */
export function differences(direct: readonly Check[], through: readonly Check[]): Difference[] {
  const before = verdicts(direct)
  const after = verdicts(through)
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((check) => {
    const [was, is] = [before.get(check)?.statuses ?? [], after.get(check)?.statuses ?? []]
    if (was.join() === is.join()) return []
    const word = (statuses: readonly string[]) => statuses.join(' ') || 'absent'
    return [{ kind: kindOf(was, is), check, direct: word(was), through: word(is), reason: after.get(check)?.reason }]
  })
}

/** From bad to good. A status that is not here is no verdict, and stands in the middle. */
const ranks = ['FAILURE', 'WARNING', 'SKIPPED', 'INFO', 'SUCCESS']

function kindOf(was: readonly string[], is: readonly string[]): Kind {
  if (is.length < was.length) return 'vanished'
  const worst = (statuses: readonly string[]) => Math.min(...statuses.map((status) => ranks.indexOf(status)))
  if (was.length === 0) return worst(is) < 2 ? 'worse' : 'better'
  const sum = (statuses: readonly string[]) => statuses.reduce((total, status) => total + ranks.indexOf(status), 0)
  // Per check on average, so that a check which is made once more is not better for that alone.
  return worst(is) < worst(was) || sum(is) / is.length < sum(was) / was.length ? 'worse' : 'better'
}

function verdicts(checks: readonly Check[]): Map<string, { statuses: string[]; reason: string | undefined }> {
  const found = new Map<string, { statuses: string[]; reason: string | undefined }>()
  for (const check of checks.filter(isVerdict)) {
    const name = nameOf(check)
    const entry = found.get(name) ?? { statuses: [], reason: undefined }
    entry.statuses = [...entry.statuses, check.status].sort()
    entry.reason ??= check.errorMessage
    found.set(name, entry)
  }
  return found
}

export type Counts = { readonly passed: number; readonly failed: number; readonly warned: number }

export const countsOf = (checks: readonly Check[]): Counts => ({
  passed: checks.filter((check) => check.status === 'SUCCESS').length,
  failed: checks.filter((check) => check.status === 'FAILURE').length,
  warned: checks.filter((check) => check.status === 'WARNING').length,
})
