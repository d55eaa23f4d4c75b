import { refuse } from '../problems.ts'

/** Names the way out: what was revoked is never switched on again. */
export const revokedIsFinal = (keyId: string): ReturnType<typeof refuse> =>
  refuse('key_is_revoked', {
    detail: `Revoking is final. POST /keys/${keyId}/replacement makes a new key, with a new id and secret, that has every setting of this one.`,
  })
