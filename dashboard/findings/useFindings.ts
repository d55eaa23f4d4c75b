import type { Finding, FindingKind } from '../../src/findings/schema.ts'
import type { PageOf } from '../api.ts'
import { useList, useOne } from '../ui/useCalls.ts'

type FindingPage = PageOf<Finding> & { readonly counts: Readonly<Partial<Record<FindingKind, number>>> }
/** A finding and the name of its key. */
export type Named = Finding & { readonly name: string }

/** The worst first. */
export const findingKinds = [
  'key_seen_in_browser',
  'old_secret_in_use',
  'rotation_due',
  'many_clients',
  'unused_key',
  'unused_project',
  'all_servers',
  'no_cap',
  'never_expires',
] as const satisfies readonly FindingKind[]

/** How many there are of each kind. */
export function useFindingCounts(unusedDays: string) {
  const { data, error, retry } = useOne<FindingPage>('/findings', { limit: 1, unusedDays })
  const counts = data?.counts ?? null
  const found = counts === null ? [] : findingKinds.filter((kind) => (counts[kind] ?? 0) > 0)
  return { counts, found, total: data?.total ?? 0, error, retry }
}

/** Those of one kind. */
export function useFindingsOf(kind: FindingKind, unusedDays: string) {
  const list = useList<Finding>('/findings', { kind, unusedDays })
  const named = (finding: Finding): Named => ({ ...finding, name: list.refs[finding.key]?.name ?? finding.key })
  return { list, named }
}
