import { z } from 'zod'

/** What the command line shows of a management token; a later version may send more. */
export const TokenFields = z.looseObject({
  id: z.string(),
  name: z.string(),
  preview: z.string(),
  scopes: z.array(z.string()),
  member: z.string(),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
})
export type TokenFields = z.infer<typeof TokenFields>
export const OneToken = z.looseObject({ managementToken: TokenFields })

/** Expiry is derived here as everywhere: what was made to end has no event when it does. */
export function tokenStatus({ revokedAt, expiresAt }: TokenFields, now: number): string {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'active'
}

export const tokenFacts = (token: TokenFields): [string, string][] => [
  ['id', token.id],
  ['name', token.name],
  ['preview', token.preview],
  ['scopes', token.scopes.join(', ')],
  ['member', token.member],
  ['expires', token.expiresAt ?? 'never'],
  ['created', token.createdAt],
]
