import type { ManagementTokenView } from '../schema.ts'
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
