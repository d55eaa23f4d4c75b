import { z } from 'zod'
import type { Resource } from './resource.ts'

/** What the command line shows of a management token; a later version may send more. */
export const TokenFields = z.looseObject({
  id: z.string(),
  name: z.string(),
  preview: z.string(),
  scopes: z.array(z.string()),
  member: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable().optional(),
  revokedAt: z.string().nullable(),
})
export type TokenFields = z.infer<typeof TokenFields>

/** Expiry is derived here as everywhere: what was made to end has no event when it does. */
function tokenStatus({ revokedAt, expiresAt }: TokenFields, now: number): string {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'active'
}

export const tokens = (now: () => number): Resource<TokenFields> => ({
  path: '/management-tokens',
  field: 'managementToken',
  item: TokenFields,
  titleOf: ({ id, name }) => `${id} (${name})`,
  facts: (token) => [
    ['id', token.id],
    ['name', token.name],
    ['preview', token.preview],
    ['scopes', token.scopes.join(', ')],
    ['member', token.member],
    ['expires', token.expiresAt ?? 'never'],
    ['created', token.createdAt],
  ],
  head: ['ID', 'NAME', 'STATUS', 'SCOPES', 'EXPIRES'],
  row: (token) => [token.id, token.name, tokenStatus(token, now()), token.scopes.join(','), token.expiresAt ?? 'never'],
})
