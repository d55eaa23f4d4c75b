import type { Database, Db } from '../../db/database.ts'
import type { Refs } from '../../http/lists.ts'
import { ok, type Result } from '../../problems.ts'
import { memberNames } from '../members/store.ts'
import type { ManagementTokenView } from '../schema.ts'
import { findOrganization } from '../store.ts'
import type { ManagementToken } from './store.ts'

export const viewOf = (token: ManagementToken): ManagementTokenView => ({
  id: token.id,
  name: token.name,
  preview: `osta_${token.id.slice(4)}`,
  organization: token.organizationId,
  member: token.memberId,
  scopes: [...token.scopes],
  createdAt: iso(token.createdAt),
  expiresAt: isoOrNull(token.expiresAt),
  lastUsedAt: isoOrNull(token.lastUsedAt),
  revokedAt: isoOrNull(token.revokedAt),
})

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

/** Names of member and organization of each token. */
export async function refsOf(db: Db, organizationId: string, tokens: readonly ManagementTokenView[]): Promise<Refs> {
  const names = await memberNames(db, organizationId, [...new Set(tokens.map(({ member }) => member))])
  const organization = tokens.length > 0 ? await findOrganization(db, organizationId) : null
  const own = organization ? { [organization.id]: { slug: organization.slug, name: organization.name } } : {}
  return { ...Object.fromEntries([...names].map(([id, name]) => [id, { slug: null, name }])), ...own }
}

/** An answer about one token, with its refs beside it: those of the organization that it is for. */
export async function withRefs<T extends { readonly managementToken: ManagementTokenView }>(
  { read }: { readonly read: Database['read'] },
  result: Result<T>,
): Promise<Result<T & { refs: Refs }>> {
  if (!result.ok) return result
  const { managementToken } = result.value
  const { organization } = managementToken
  const refs = await read(organization, (db) => refsOf(db, organization, [managementToken]))
  return ok({ ...result.value, refs })
}
