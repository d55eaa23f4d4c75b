import type { Config, Environment } from './config.ts'
import type { Log } from './observe/log.ts'
import { openDataDir } from './serve/data-dir.ts'
import { forkChild } from './serve/fork-child.ts'
import type { Lock } from './serve/lock.ts'
import { listenForStop } from './serve/signals.ts'
import { reachable, type Started, Supervisor } from './serve/supervisor.ts'
import { welcome } from './serve/welcome.ts'

export type ServeWorld = {
  readonly config: Config
  readonly version: string
  /** The program to fork for a child, and the flags it needs to read the same configuration. */
  readonly entry: string
  readonly flags: readonly string[]
  readonly env: Environment
  readonly process: NodeJS.Process
  readonly log: Log
  /** Text for people. */
  readonly tell: (text: string) => void
  readonly monotonic: () => number
  readonly randomBytes: (size: number) => Uint8Array
}

/** The embedded default: one control and one gateway process, or several, supervised, in one data directory. Answers the exit code. */
export async function serve(world: ServeWorld): Promise<number> {
  const { config, tell, log, monotonic } = world
  const startedAt = monotonic()
  const stop = listenForStop(world.process, monotonic)
  const opened = openDataDir(config.dataDir, 'ostiary.lock', world.process.pid, log)
  if (!opened.ok) return refuse(tell, opened.message)
  const { lock } = opened
  const end = (code: number): number => {
    lock.release()
    return code
  }
  tell(`Starting Ostiary ${world.version}, data in ${config.dataDir} …\n`)
  await untilGone(lock, monotonic)
  const count = countOf({ gateways: config.gateways, platform: world.process.platform, tell })
  const supervisor = supervise(world, lock, count)
  const first = stop.first.then(() => null)
  const slow = setTimeout(() => tell('  This takes longer than usual; the log on stdout may say why.\n'), slowMs)
  const started = await Promise.race([supervisor.start(), first]).catch((error: Error) => error)
  clearTimeout(slow)
  if (started instanceof Error) return end(refuse(tell, started.message))
  if (started !== null) {
    log.info({ gateway: started.gateway, control: started.control }, 'ready')
    tell(greeting(world, started, (monotonic() - startedAt) / 1000))
    await first
  }
  tell(`\nStopping: open calls have ${config.drainSeconds} s to end. A second signal stops at once.\n`)
  const drained = supervisor.drain(config.drainSeconds).then(() => 0)
  const code = await Promise.race([drained, stop.second.then(() => 130)])
  if (code !== 0) await supervisor.kill()
  tell(code === 0 ? 'Stopped.\n' : 'Stopped at once.\n')
  return end(code)
}

const refuse = (tell: (text: string) => void, message: string): number => {
  tell(`ostiary: ${message}\n`)
  return 1
}

type Sharing = Pick<ServeWorld, 'tell'> & { readonly gateways: number; readonly platform: NodeJS.Platform }

/** Elsewhere the kernel hands every connection to one of them, or to none that is alive. */
export function countOf({ gateways, platform, tell }: Sharing): number {
  if (gateways === 1 || platform === 'linux') return gateways
  tell(`  OSTIARY_GATEWAYS is ${gateways}: several gateways share a port on Linux only, so one is started.\n`)
  return 1
}

/** As control knows them: with the number of a place the row, and so the id, stays the same. */
const nameOf = (at: number): string => (at === 0 ? 'embedded' : `embedded-${at + 1}`)

function supervise(world: ServeWorld, lock: Lock, count: number): Supervisor {
  const { monotonic, log, tell, randomBytes } = world
  return new Supervisor({
    fork: forkChild(world),
    after: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    monotonic,
    log,
    // New at every start and known to that gateway and control alone: each opens the feed without an enrolment.
    gateways: Array.from({ length: count }, (_, at) => ({
      name: nameOf(at),
      token: Buffer.from(randomBytes(32)).toString('base64url'),
    })),
    bootstrapToken: world.config.bootstrapToken?.reveal() ?? null,
    onChildren: (pids) => {
      try {
        lock.record(pids)
      } catch (error) {
        // Only a takeover after `kill -9` reads it, and that one waits for the port anyway.
        log.warn({ error }, 'the lock file cannot be written')
      }
    },
    onProgress: (called, step, url) =>
      tell(step === 'listening' ? `  ${called} listens on ${url}\n` : `  ${called} is ready\n`),
  })
}

const greeting = ({ config, version }: ServeWorld, started: Started, seconds: number): string =>
  welcome({
    version,
    gateway: config.gateway.publicUrl ?? reachable(started.gateway),
    control: config.control.publicUrl ?? reachable(started.control),
    dataDir: config.dataDir,
    setupLink: started.setupLink,
    hasBootstrapToken: config.bootstrapToken !== null,
    seconds,
  })

/** A ready product within this time is usual, with the first migration and all. */
const slowMs = 10_000

const patienceMs = 3000

/** Children of a killed `serve` end by themselves when their channel closes; ports and database are free after that. */
async function untilGone(lock: Lock, monotonic: () => number): Promise<void> {
  const until = monotonic() + patienceMs
  while (lock.leftovers().length > 0 && monotonic() < until) await new Promise((resolve) => setTimeout(resolve, 20))
  // Pid and start time both match, so these are the children of this directory's former holder and nobody else's.
  for (const { pid } of lock.leftovers()) process.kill(pid, 'SIGKILL')
}
