import type { Check } from './suite.ts'

export type Difference = {
  readonly check: string
  readonly direct: string
  readonly through: string
  readonly reason: string | undefined
}

/** The suite's log lines, no verdicts: how many there are depends on how many events share one read. */
const isVerdict = (check: Check): boolean => check.status !== 'INFO' || !/^(incoming|outgoing|stream)-/.test(check.id)

/**
 * Check by check, because counts lie: a gateway that answers 405 to DELETE makes two checks vanish and none fail
 * (G11). Ids repeat inside a scenario, so each id stands for the sorted list of its verdicts.
 */
export function differences(direct: readonly Check[], through: readonly Check[]): Difference[] {
  const before = verdicts(direct)
  const after = verdicts(through)
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((check) => {
    const was = before.get(check)?.statuses.join(' ') ?? 'absent'
    const is = after.get(check)?.statuses.join(' ') ?? 'absent'
    return was === is ? [] : [{ check, direct: was, through: is, reason: after.get(check)?.reason }]
  })
}

function verdicts(checks: readonly Check[]): Map<string, { statuses: string[]; reason: string | undefined }> {
  const found = new Map<string, { statuses: string[]; reason: string | undefined }>()
  for (const check of checks.filter(isVerdict)) {
    const name = `${check.scenario} › ${check.id} › ${check.name}`
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
