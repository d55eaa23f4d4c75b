import { csvLine } from '../../http/csv.ts'
import type { Refs } from '../../http/lists.ts'
import type { KeyView } from '../schema.ts'
import { itemsOf } from '../scope.ts'

type Cell = (key: KeyView, refs: Refs) => string

const nameIn = (refs: Refs, id: string): string => refs[id]?.slug ?? refs[id]?.name ?? id
const listOf = (items: readonly string[]): string => items.join(' ')
const textOf = (value: string | number | null): string => (value === null ? '' : String(value))

const choiceOf = (choice: KeyView['gateways'], refs: Refs): string =>
  [choice.mode, ...itemsOf(choice).map((id) => nameIn(refs, id))].join(' ')

/** One column a row of this table, in this order; docs/keys.md says what each holds. */
const columns: readonly (readonly [name: string, cell: Cell])[] = [
  ['id', ({ id }) => id],
  ['name', ({ name }) => name],
  ['description', ({ description }) => description],
  ['kind', ({ kind }) => kind],
  ['preview', ({ preview }) => preview],
  ['status', ({ status }) => status],
  ['owner_type', ({ owner }) => owner.type],
  ['owner_id', ({ owner }) => owner.id],
  ['owner_name', ({ owner }) => owner.name],
  ['projects', ({ projects }, refs) => listOf(projects.map((id) => nameIn(refs, id)))],
  ['mcp', ({ mcp }, refs) => (mcp.enabled ? choiceOf(mcp.servers, refs) : 'off')],
  ['llm', ({ llm }, refs) => (llm.enabled ? choiceOf(llm.providers, refs) : 'off')],
  ['models', ({ llm }, refs) => (llm.enabled ? choiceOf(llm.models, refs) : '')],
  ['addresses', ({ addresses }) => (addresses.mode === 'only' ? listOf(['only', ...addresses.cidrs]) : addresses.mode)],
  ['gateways', ({ gateways }, refs) => choiceOf(gateways, refs)],
  ['tags', ({ tags }) => listOf(tags)],
  ['created_at', ({ createdAt }) => createdAt],
  ['expires_at', ({ expiresAt }) => textOf(expiresAt)],
  ['revoked_at', ({ revokedAt }) => textOf(revokedAt)],
  ['state_reason', ({ stateReason }) => textOf(stateReason)],
  ['last_used_at', ({ lastUsedAt }) => textOf(lastUsedAt)],
  ['requests', ({ requests }) => textOf(requests)],
  ['share', ({ share }) => textOf(share)],
  ['secret_versions', ({ secrets }) => textOf(secrets.length)],
  ['rotation_due_at', ({ rotationDueAt }) => textOf(rotationDueAt)],
  ['metadata', ({ metadata }) => JSON.stringify(metadata)],
]

export const csvColumns: readonly string[] = columns.map(([name]) => name)
export const csvHead = (): string => csvLine(csvColumns)
export const csvRow = (key: KeyView, refs: Refs): string => csvLine(columns.map(([, cell]) => cell(key, refs)))
