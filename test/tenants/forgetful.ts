import type { KyselyPlugin, RootOperationNode } from 'kysely'
import { expect } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { administer, type Place } from '../stores.ts'

/** Takes `organization_id = …` out of every query: the code check, forgotten everywhere at once. */
const forgetful: KyselyPlugin = {
  transformQuery: ({ node }) => without(node) as RootOperationNode,
  transformResult: async ({ result }) => result,
}

const without = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(without)
  if (typeof node !== 'object' || node === null || Buffer.isBuffer(node)) return node
  if (isCheck(node)) return { kind: 'RawNode', sqlFragments: ['1 = 1'], parameters: [] }
  return Object.fromEntries(Object.entries(node).map(([name, part]) => [name, without(part)]))
}

const isCheck = (node: object): boolean => {
  const { kind, leftOperand, rightOperand } = Object(node)
  if (kind !== 'BinaryOperationNode' || rightOperand?.kind === 'ReferenceNode') return false
  return leftOperand?.column?.column?.name === 'organization_id'
}

export const forgetting = (database: Database): Database => ({
  ...database,
  read: (organizationId, work) => database.read(organizationId, (db) => work(db.withPlugin(forgetful))),
  transaction: (organizationId, work) => database.transaction(organizationId, (db) => work(db.withPlugin(forgetful))),
})

/** Takes the other half away: what the database itself would refuse. SQLite has none. */
export async function withoutPolicies(place: Place): Promise<void> {
  if (place.kind !== 'postgres') return
  const { rows } = await administer(place.url, 'select relname from pg_class where relrowsecurity')
  expect(rows.length).toBeGreaterThan(20)
  for (const { relname } of rows) await administer(place.url, `alter table ${relname} disable row level security`)
}
