import { type DialectName, type Migration, policiesOf, tableIn } from './dialect.ts'
import { partitions } from './requests/partitions.data.ts'
import { indexes, requestHours, requestMarks, requests } from './requests/tables.data.ts'

/**
 * Why: the log of requests and its sums. New tables, no locks. On SQLite they stand in a file of their own
 * (migrations/requests), so there is nothing to do here.
 */
export const requestLog: Migration = {
  name: '0006-requests',
  minProgram: '0.5.0',
  statements: (dialect: DialectName) => (dialect === 'sqlite' ? [] : onPostgres()),
}

const onPostgres = (): readonly string[] => [
  `${tableIn('postgres', requests)} partition by range (at)`,
  ...[requestHours, requestMarks].map((text) => tableIn('postgres', text)),
  ...indexes,
  ...policiesOf(['requests', 'organization_id']),
  ...policiesOf(['request_hours', 'organization_id']),
  // Of the installation, as `usage_marks` is: whoever works for one organization has no business there.
  'grant select, insert, update, delete on request_marks to ostiary_system',
  ...partitions,
]
