import type { StoredKey } from './store.ts'

/** What the audit log keeps: whose it is and what it may do; of the secret only which versions there are. */
export const auditedKey = ({ record, description }: StoredKey) => ({
  name: record.name,
  description,
  owner: record.owner,
  state: record.state,
  scope: record.scope,
  expiresAt: record.expiresAt === null ? null : new Date(record.expiresAt).toISOString(),
  maxStalenessSeconds: record.maxStalenessSeconds,
  versions: record.versions.map(({ version }) => version),
})

/** The fields that differ, as they were and as they are. */
export function auditedChange(before: StoredKey, after: StoredKey): { before: object; after: object } {
  const [was, is] = [fieldsOf(before), fieldsOf(after)]
  const isOther = (field: string) => JSON.stringify(was[field]) !== JSON.stringify(is[field])
  const changed = Object.keys(is).filter(isOther)
  return { before: picked(was, changed), after: picked(is, changed) }
}

const fieldsOf = (key: StoredKey): Readonly<Record<string, unknown>> => {
  const { scope, ...rest } = auditedKey(key)
  return { ...rest, ...scope }
}

const picked = (fields: Readonly<Record<string, unknown>>, names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, fields[name]]))
