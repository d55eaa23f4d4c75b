import { z } from 'zod'
import { FindingKind, findingKinds } from '../findings/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { filteredBy, type ListOptions, printList } from './list.ts'
import { printFailure } from './print.ts'
import { named } from './refs.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type FindingsOptions = ListOptions & FindingFilters
export type FindingFilters = { readonly kind?: string; readonly key?: string; readonly unusedDays?: string }

const FindingFields = z.looseObject({ id: z.string(), kind: z.string(), key: z.string(), why: z.string() })

const list = {
  path: '/findings',
  item: FindingFields,
  head: ['KIND', 'KEY', 'ID', 'WHY'],
  row: ({ kind, key, why }: z.infer<typeof FindingFields>, refs: Parameters<typeof named>[1]) => [
    kind,
    named(key, refs),
    key,
    why,
  ],
}

/** What somebody should look at, the worst first. */
export async function findings(terminal: Terminal, options: FindingsOptions): Promise<Exit> {
  const query = findingFilters(options)
  if (!query.ok) return printFailure(terminal, query, options)
  return printList(terminal, list, options, filteredBy(query.value))
}

export function findingFilters({ kind, key, unusedDays }: FindingFilters): Given<Record<string, string | undefined>> {
  if (kind !== undefined && !FindingKind.safeParse(kind).success)
    return usage(`The kind must be one of ${findingKinds.join(', ')}, not "${kind}".`)
  if (key !== undefined && !/^key_[0-9A-Za-z]{16}$/.test(key)) return usage(`"${key}" is no id of a key.`)
  if (
    unusedDays !== undefined &&
    !(/^\d{1,3}$/.test(unusedDays) && Number(unusedDays) >= 1 && Number(unusedDays) <= 365)
  )
    return usage(`--unused-days must be a whole number from 1 to 365, not "${unusedDays}".`)
  return { ok: true, value: { subject: 'key', kind, key, unusedDays } }
}
