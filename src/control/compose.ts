import { createHmac } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { seal } from '../audit/store.ts'
import { derive } from '../credentials/root.ts'
import { createVault } from '../credentials/vault.ts'
import { forgetChanges } from '../db/changes.ts'
import { storeNow } from '../db/clock.ts'
import type { Db } from '../db/database.ts'
import { createSequencer } from '../db/sequencer.ts'
import { createClientAddress } from '../http/client-address.ts'
import { createHostCheck } from '../http/host-check.ts'
import { createListener, type Listener } from '../http/listen.ts'
import { problemJson } from '../http/problem-json.ts'
import { newRequestId } from '../http/request-id.ts'
import { createAttempts } from '../keys/attempts.ts'
import { createLane, laneWidth } from '../keys/lane.ts'
import { createProver } from '../keys/prove.ts'
import { newId } from '../keys/token.ts'
import { createMetrics, type Metrics } from '../observe/metrics.ts'
import { redact } from '../observe/redact.ts'
import { may } from '../people/may.ts'
import { createLastUsed, type LastUsed } from '../people/tokens/last-used.ts'
import { refuse } from '../problems.ts'
import { accessRequestJobs } from './access-request-links.ts'
import { createApp } from './app.ts'
import { createCheckpoints, lastCheckpoints, signCheckpoints } from './audit-links.ts'
import { createCall } from './call.ts'
import { dashboardRoutes } from './dashboard/routes.ts'
import { wireFeed } from './feed-wiring.ts'
import { createGuard, type Guard } from './guard.ts'
import { healthRoutes } from './health.ts'
import { createIdempotency, keptMs } from './idempotency.ts'
import { createSingleSignOn } from './identity-links.ts'
import { createJobs, type Job } from './jobs.ts'
import { createLeaks } from './leak-links.ts'
import { type Control, createLifecycle, type Lifecycle } from './lifecycle.ts'
import { notificationJobs } from './notification-links.ts'
import { openStore, type Store } from './open-store.ts'
import { withOpenApi } from './openapi.ts'
import { createOrganizationKeys } from './organization-keys.ts'
import { claimPages, setupPages, signInPages } from './pages.ts'
import { checkPrices } from './provider-links.ts'
import { requestJobs } from './requests-links.ts'
import { rotationJob } from './rotation-links.ts'
import { createSessions, type Sessions } from './session-links.ts'
import { createSignIn } from './sign-in-links.ts'
import * as calls from './store.ts'
import { createStoreClock, type StoreClock } from './store-clock.ts'
import { createProveActor, createSetupOffer, createSurface, type SurfaceParts } from './surface.ts'
import { serveFeed } from './upgrade.ts'
import { forgetOldUsage } from './usage-links.ts'
import { warningJobs } from './warning-links.ts'
import { createWebhooks } from './webhook-links.ts'
import { anyFields, type World } from './world.ts'

export type { Control } from './lifecycle.ts'

/** Builds control: the only place that knows all of its parts. Refuses with a sentence when it cannot start. */
export const composeControl = async (world: World): Promise<Control> => {
  const store = await openStore(world)
  try {
    return await build(world, store)
  } catch (error) {
    await store.database.close()
    throw error
  }
}

type Shared = Omit<SurfaceParts, 'setupUrl' | 'claimUrl' | 'controlUrl' | 'singleSignOn'>

const build = async (world: World, store: Store): Promise<Control> => {
  const { config, log, monotonic, now, randomBytes } = world
  const { database, root } = store
  checkPrices(world)
  const lane = createLane({ width: laneWidth(availableParallelism(), poolThreads()) })
  const prover = createProver({ lane })
  const keys = createOrganizationKeys(root, lane)
  const vault = createVault({ root, randomBytes, now })
  const sequencer = createSequencer({ database, seal, log: anyFields(log) })
  const { dialect, system } = database
  const clock = createStoreClock({ ask: () => system.read((db) => storeNow(db, dialect)), monotonic })
  const issuer = (): string => lifecycle.publicUrl()
  const wired = await wireFeed(world, { store, sequencer, vault, keys, prover, clock, issuer })
  const { feed, looks, tokens, proveGateway } = wired
  const { listener, fleetListener } = await createListeners(world)
  const webhooks = createWebhooks(world, { store, vault, server: listener.server, sequencer, every })
  const leaks = createLeaks(world, { store, keys, prover, publicKey: tokens.publicKey })
  const signIn = createSignIn(world, { store, vault, keys })
  const parts = { store, vault, keys, prover, feed, looks, tokens, webhooks, leaks, signIn, embedded: wired.embedded }
  const door = serveFeed({ proveGateway, accept: feed.accept, randomBytes, log })
  const lastUsed = createLastUsed({ system })
  const proveActor = createProveActor(world, { store, keys, prover, lastUsed })
  const { prove: proveSession, ...sessions } = createSessions(world, store)
  const guard = createGuard({ proveActor, proveSession, may, attempts: createAttempts({ now: monotonic }) })
  const metrics = createMetrics('control')
  const checkpoints = createCheckpoints(world, store)
  const jobs = createJobs({ every, log }, allChores(world, store, { ...parts, clock, lastUsed, checkpoints, sessions }))
  const lifecycle = createLifecycle({
    publicUrl: config.control.publicUrl,
    listener,
    fleetListener,
    start: () => {
      sequencer.start()
      jobs.start()
      webhooks.courier.start()
    },
    ends: [
      jobs.stop,
      webhooks.courier.stop,
      leaks.reports.settled,
      signIn.settled,
      () => flushed(lastUsed, log),
      sessions.settled,
      () => lastCheckpoints(checkpoints, log),
      feed.close,
      door.close,
      wired.settled,
      sequencer.stop,
      database.close,
      metrics.stop,
    ],
    askDatabase: () => system.read(calls.askDatabase),
    degraded: world.degraded ?? (() => null),
    offerSetup: createSetupOffer(world, store),
    gatewayGone: wired.gatewayGone,
    log,
  })
  await openRest(world, store, parts, { listener, lifecycle, guard, metrics })
  door.attach(listener.server, { isOpen: false, isDraining: listener.isDraining })
  if (fleetListener) door.attach(fleetListener.server, { isOpen: true, isDraining: fleetListener.isDraining })
  return lifecycle
}

type Front = {
  readonly listener: Listener
  readonly lifecycle: Lifecycle
  readonly guard: Guard
  readonly metrics: Metrics
}

/** REST and the pages, ready to be listened to. */
const openRest = async (world: World, store: Store, parts: Shared, front: Front): Promise<void> => {
  const { config, randomBytes, log } = world
  const { listener, lifecycle, guard, metrics } = front
  const { waitingFor, setupUrl, claimUrl, publicUrl: controlUrl } = lifecycle
  const singleSignOn = createSingleSignOn(world, store, { ...parts, controlUrl })
  const surface = createSurface(world, { ...parts, setupUrl, claimUrl, controlUrl, singleSignOn })
  const app = createApp({
    listener,
    publicUrl: config.control.publicUrl,
    checkHost: createHostCheck(config.control),
    charge: createClientAddress(config.trustedProxies),
    call: createCall({ guard, once: idempotency(world, store), log }),
    routes: withOpenApi(surface, manifest.version),
    plain: [...healthRoutes({ waitingFor, metrics, guard }), ...singleSignOn.pages, ...(await pages(world))],
    randomBytes,
    observe: observer(metrics),
    log,
  })
  await app.ready()
}

const builtDashboard = path.resolve(import.meta.dirname, '../../dashboard/dist')

const pages = async ({ randomBytes }: World) => [
  ...(await setupPages()),
  ...(await claimPages()),
  ...(await signInPages()),
  ...(await dashboardRoutes({ folder: builtDashboard, randomBytes })),
]

const createListeners = async ({ config, randomBytes, log }: World) => {
  const listening = { randomBytes, log }
  const listener = await createListener(config.control, null, { ...listening, setting: 'OSTIARY_CONTROL' })
  const fleetListener =
    config.fleet &&
    (await createListener(config.fleet, nothingHere(randomBytes), { ...listening, setting: 'OSTIARY_FLEET' }))
  return { listener, fleetListener }
}

/** Threads that Argon2 shares with files and name look-ups; Node's own default is 4. */
const poolThreads = (): number => Number(process.env['UV_THREADPOOL_SIZE']) || 4

const every = (ms: number, run: () => void): (() => void) => {
  const timer = setInterval(run, ms).unref()
  return () => clearInterval(timer)
}

const hourMs = 3_600_000
const changesKeptMs = 7 * 24 * hourMs

type Choring = Shared & {
  readonly clock: StoreClock
  readonly lastUsed: LastUsed
  readonly sessions: Pick<Sessions, 'jobs'>
  readonly checkpoints: ReturnType<typeof createCheckpoints>
}

const allChores = (world: World, store: Store, parts: Choring): Job[] => [
  ...chores(world, store, parts.clock),
  noteTokens(parts.lastUsed),
  ...parts.sessions.jobs,
  signCheckpoints(parts.checkpoints),
  forgetOldUsage(world, store),
  ...requestJobs(world, store),
  parts.tokens.chore,
  ...parts.webhooks.chores,
  ...warningJobs(world, store),
  ...accessRequestJobs(world, store),
  ...notificationJobs(world, store),
  rotationJob(world, parts),
]

const chores = ({ now }: World, { database }: Store, clock: StoreClock): Job[] => {
  const { system, dialect } = database
  // Piece by piece, so that writers get their turn in between.
  const sweep = (piece: (db: Db) => Promise<boolean>) => async (isStopping: () => boolean) => {
    while (!isStopping() && (await system.transaction(piece)));
  }
  const jobs: Job[] = [
    {
      name: 'forget idempotent calls',
      everyMs: hourMs,
      run: sweep((db) => calls.deleteCallsBefore(db, now() - keptMs)),
    },
    {
      name: 'forget old changes',
      everyMs: hourMs,
      run: sweep(async (db) => (await forgetChanges(db, now() - changesKeptMs)) === 200),
    },
  ]
  return dialect === 'postgres' ? [...jobs, { name: 'look at the store', everyMs: 1000, run: clock.look }] : jobs
}

/** Half of what an answer about a token promises to be behind at most. */
const noteTokens = ({ flush }: LastUsed): Job => ({
  name: 'note when tokens were used',
  everyMs: 30_000,
  run: flush,
})

/** What is lost of it is a time in a list; the end of the process does not wait for more. */
const flushed = ({ flush }: LastUsed, log: World['log']): Promise<void> =>
  flush().catch((err) => log.warn({ err }, 'when tokens were last used was not kept'))

const idempotency = ({ now, randomBytes, log }: World, { database, root }: Store) => {
  const key = derive(root, 'idempotency', 'installation')
  return createIdempotency({
    transaction: database.transaction,
    store: calls,
    digest: (body, rawQuery) => createHmac('sha256', key).update(`${rawQuery}\n`).update(body).digest('base64url'),
    redact,
    boot: newId('boot', randomBytes),
    isShared: database.dialect === 'postgres',
    now,
    log,
  })
}

const observer = (metrics: Metrics) => {
  const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30]
  const labels = ['method', 'route', 'status']
  const seconds = metrics.histogram('ostiary_rest_call_seconds', 'How long REST calls took.', buckets, labels)
  return ({ method, route, status, ms }: { method: string; route: string; status: number; ms: number }) =>
    seconds.observe({ method, route, status: String(status) }, ms / 1000)
}

/** The feed's listener serves upgrades and nothing else. */
const nothingHere =
  (randomBytes: World['randomBytes']) =>
  (_request: unknown, answer: ServerResponse): void => {
    const requestId = newRequestId(randomBytes)
    const { status, headers, body } = problemJson(refuse('not_found').problem, requestId)
    answer.writeHead(status, { ...headers, 'x-request-id': requestId }).end(body)
  }
