import { lookup } from 'node:dns/promises'
import { createAttempts } from '../src/keys/attempts.ts'
import type { SingleSignOnDeps } from '../src/people/identity-providers/deps.ts'
import { createSpeaker } from '../src/people/identity-providers/speak.ts'

/** What control hands to single sign-on where a gateway runs beside it: identity providers may be on this machine. */
export const createSingleSignOnRig = (clock: { readonly now: () => number }): SingleSignOnDeps => ({
  reachOf: async () => ({ networks: [], loopback: true }),
  speaker: createSpeaker({ lookUp: (name) => lookup(name, { all: true }), now: clock.now }),
  starts: createAttempts(clock),
})
