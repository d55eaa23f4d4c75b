import type { StoredKey } from './store.ts'

/** What the audit log keeps: whose it is and what it may do; of the secret only which versions there are. */
export const auditedKey = (key: StoredKey) => ({
  ...settingsOf(key),
  kind: key.record.tokenKind === 'u' ? 'url' : 'key',
  owner: key.record.owner,
  state: key.record.state,
  scope: key.record.scope,
  versions: key.record.versions.map(({ version }) => version),
  ...(key.record.honey ? { honey: true } : {}),
  ...(key.ephemeral ? { ephemeral: true } : {}),
  ...(key.copiedFrom === null ? {} : { copiedFrom: key.copiedFrom }),
})

const settingsOf = ({ record, description, tags, rotation }: StoredKey) => ({
  name: record.name,
  description,
  expiresAt: record.expiresAt === null ? null : new Date(record.expiresAt).toISOString(),
  maxStalenessSeconds: record.maxStalenessSeconds,
  metadata: JSON.parse(record.metadata) as unknown,
  tags,
  pinNetwork: record.pin !== null,
  rotation,
})

/** The fields that differ, as they were and as they are. State and secrets have events of their own. */
export function auditedChange(before: StoredKey, after: StoredKey): { before: object; after: object } {
  const [was, is] = [fieldsOf(before), fieldsOf(after)]
  const isOther = (field: string) => JSON.stringify(was[field]) !== JSON.stringify(is[field])
  const changed = Object.keys(is).filter(isOther)
  return { before: picked(was, changed), after: picked(is, changed) }
}

const fieldsOf = (key: StoredKey): Readonly<Record<string, unknown>> => ({
  ...settingsOf(key),
  ...key.record.scope,
  allServersReason: key.record.scope.allServersReason ?? null,
})

const picked = (fields: Readonly<Record<string, unknown>>, names: readonly string[]): object =>
  Object.fromEntries(names.map((name) => [name, fields[name]]))
