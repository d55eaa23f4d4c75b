import type { ManagementTokenView } from '../../../src/people/schema.ts'

type TokenStatus = 'active' | 'expired' | 'revoked'

export const statusOf = (
  { revokedAt, expiresAt }: Pick<ManagementTokenView, 'revokedAt' | 'expiresAt'>,
  now: number,
): TokenStatus => {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'active'
}
