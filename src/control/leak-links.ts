import type { Prover } from '../keys/prove.ts'
import { newId, parseToken } from '../keys/token.ts'
import { createAllowance } from '../leaks/allowance.ts'
import { askGithub } from '../leaks/github.ts'
import type { ProofDeps } from '../leaks/holders.ts'
import { createRecently } from '../leaks/recently.ts'
import { createReports } from '../leaks/reports.ts'
import type { LeakDeps } from '../leaks/routes.ts'
import { type TakeSightings, takeSightings } from '../leaks/sightings.ts'
import type { Store } from './open-store.ts'
import type { OrganizationKeys } from './organization-keys.ts'
import type { World } from './world.ts'

type Parts = {
  readonly store: Store
  readonly keys: OrganizationKeys
  readonly prover: Prover
  /** With which control signs child tokens. */
  readonly publicKey: ProofDeps['publicKey']
}

/** What happens with secrets that somebody has found. */
export const createLeaks = (world: World, { store, keys, prover, publicKey }: Parts): LeakDeps => {
  const { config, log, now, monotonic, randomBytes } = world
  const { system, transaction } = store.database
  const { githubApiUrl: apiUrl, githubToken: token, githubWebhookSecret: githubSecret } = config
  const proving = { system, parseToken, prove: prover.prove, secretsOf: keys.secretsOf, publicKey, now }
  const allow = (perHour: number) => createAllowance({ now: monotonic, perHour })
  const reports = createReports({
    ...proving,
    transaction,
    newId: (prefix) => newId(prefix, randomBytes),
    recently: createRecently({ now: monotonic, forMs: hourMs }),
    askGithub: askGithub({ get: fetch, apiUrl, token }),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    log,
  })
  return {
    ...proving,
    reports,
    reportsAllowed: allow(60),
    questionsAllowed: allow(600),
    wrongSignaturesAllowed: allow(60),
    githubSecret,
  }
}

const hourMs = 3_600_000

/** What gateways tell of keys that are used as they should not be. */
export const createSightings = ({ now, monotonic, randomBytes }: World, { database }: Store): TakeSightings =>
  takeSightings({
    transaction: database.transaction,
    newId: (prefix) => newId(prefix, randomBytes),
    now,
    toldRecently: createRecently({ now: monotonic, forMs: 60_000 }),
  })
