import type { SealedPlace } from '../deps.ts'

/** What an authenticator shares with us opens for its member alone. */
export const placeOf = (memberId: string): SealedPlace => ({
  purpose: 'second-factor',
  subject: memberId,
  version: 1,
  environment: '',
})
