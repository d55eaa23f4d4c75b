import { lookup } from 'node:dns/promises'
import { createAttempts } from '../keys/attempts.ts'
import { base62, newId } from '../keys/token.ts'
import type { PeopleDeps } from '../people/deps.ts'
import type { SingleSignOnDeps } from '../people/identity-providers/deps.ts'
import { endSessionUrlOf } from '../people/identity-providers/end-session.ts'
import { createSpeaker } from '../people/identity-providers/speak.ts'
import type { PlainRoute } from './app.ts'
import { createReach } from './domain-links.ts'
import { singleSignOnPages } from './identity/routes.ts'
import type { Store } from './open-store.ts'
import type { SignIn } from './sign-in-links.ts'
import type { World } from './world.ts'

type Parts = {
  readonly feed: Pick<PeopleDeps, 'effectOf'>
  readonly signIn: SignIn
  readonly controlUrl: () => string
}
export type SingleSignOn = {
  /** For the routes; whoever ends a session learns where it is ended over there, too. */
  readonly wiring: Pick<PeopleDeps, 'singleSignOn' | 'endSessionUrlOf'>
  readonly pages: readonly PlainRoute[]
}

/** People come in over identity providers. */
export const createSingleSignOn = (world: World, store: Pick<Store, 'database'>, parts: Parts): SingleSignOn => {
  const { now, monotonic, randomBytes, log } = world
  const { read, transaction, system } = store.database
  const singleSignOn: SingleSignOnDeps = {
    reachOf: createReach(world),
    speaker: createSpeaker({ lookUp: (name) => lookup(name, { all: true }), now }),
    starts: createAttempts({ now: monotonic }),
  }
  const deps = {
    ...parts.signIn,
    ...{ read, transaction, system, now, log, singleSignOn },
    controlUrl: parts.controlUrl,
    newId: (prefix: string) => newId(prefix, randomBytes),
    newCode: () => base62(43, randomBytes),
    effectOf: parts.feed.effectOf,
  }
  return { wiring: { singleSignOn, endSessionUrlOf: endSessionUrlOf(deps) }, pages: singleSignOnPages(deps) }
}
