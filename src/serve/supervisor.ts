import type { Log } from '../observe/log.ts'
import { countCrash, recoveredAfterMs, restartDelayMs } from './backoff.ts'
import type { FromChild, Role, ToChild } from './messages.ts'
import { type AnySeat, type ControlSeat, type GatewaySeat, gatewaySeat, newSeat, redBy, untilGone } from './seat.ts'

/** One life of a child process, as the supervisor sees it. */
export type ChildProcess = {
  readonly pid: number | undefined
  readonly send: (message: ToChild) => void
  readonly onMessage: (listener: (message: FromChild) => void) => void
  readonly onExit: (listener: (how: string) => void) => void
  readonly kill: () => void
}

type Deps = {
  readonly fork: (role: Role) => ChildProcess
  /** Runs after that many milliseconds; the answer cancels it. */
  readonly after: (ms: number, run: () => void) => () => void
  readonly monotonic: () => number
  readonly log: Log
  /** One process each; several share one port. At least one. */
  readonly gateways: readonly { readonly name: string; readonly token: string }[]
  readonly bootstrapToken: string | null
  /** Called whenever the set of children changes, for the lock file. */
  readonly onChildren: (pids: number[]) => void
  /** `called`: as people know it, such as `gateway 2`. */
  readonly onProgress: (called: string, step: 'listening' | 'ready', url: string) => void
}

export type Started = { readonly control: string; readonly gateway: string; readonly setupLink: string | null }

/** Starts control and its gateways, keeps them running, and ends them. A class because it is a resource with a lifetime. */
export class Supervisor {
  readonly #deps: Deps
  readonly #control: ControlSeat = newSeat({ role: 'control' as const, called: 'control' })
  readonly #gateways: readonly GatewaySeat[]
  #phase: 'starting' | 'running' | 'ending' = 'starting'
  #setupLink: string | null = null
  #settle: { resolve: (started: Started) => void; reject: (error: Error) => void } | null = null

  constructor(deps: Deps) {
    this.#deps = deps
    this.#gateways = deps.gateways.map((gateway, at) => gatewaySeat(gateway, at))
  }

  /** Resolves when all are ready; rejects with a sentence for people when the first start fails. */
  start(): Promise<Started> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      for (const seat of this.#seats()) this.#raise(seat)
    })
  }

  /** The gateways first: while they drain, control still counts and seals for them. */
  async drain(seconds: number): Promise<void> {
    this.#phase = 'ending'
    for (const seat of this.#seats()) seat.cancelTimer()
    await Promise.all(this.#gateways.map((seat) => this.#dismiss(seat, seconds)))
    await this.#dismiss(this.#control, seconds)
  }

  /** Ends all at once; resolves when they are gone and hold neither port nor database. */
  async kill(): Promise<void> {
    this.#phase = 'ending'
    const ends = this.#seats().map((seat) => {
      seat.cancelTimer()
      const gone = untilGone(seat)
      seat.child?.kill()
      return gone
    })
    await Promise.all(ends)
  }

  #seats(): readonly AnySeat[] {
    return [this.#control, ...this.#gateways]
  }

  #raise(seat: AnySeat): void {
    const child = this.#deps.fork(seat.role)
    Object.assign(seat, { child, ready: false, readySince: null, lastWords: null })
    child.onMessage((message) => {
      if (seat.child === child) this.#hear(seat, message)
    })
    child.onExit((how) => {
      if (seat.child === child) this.#lose(seat, how)
    })
    this.#tellPids()
    this.#begin(seat)
    this.#settleGone(seat)
    const why = this.#whyRed(seat)
    if (why !== null) child.send({ type: 'degraded', why })
  }

  /** A control that comes back counts with the gateways that the one before it knew, unless it hears that one is gone. */
  #settleGone(seat: AnySeat): void {
    if (seat.role === 'gateway') {
      seat.isUnmet = this.#control.child === null
      return
    }
    if (this.#phase !== 'running') return
    for (const gateway of this.#gateways) {
      if (gateway.child !== null && !gateway.isUnmet) continue
      seat.child?.send({ type: 'gateway-gone', name: gateway.name })
      gateway.isUnmet = false
    }
  }

  #begin(seat: AnySeat): void {
    const { bootstrapToken, gateways } = this.#deps
    const port = seat.url === null ? null : portOf(seat.url)
    if (seat.role === 'control') {
      seat.child?.send({ type: 'start', role: 'control', port, gateways: [...gateways] })
      return
    }
    const [first] = this.#gateways
    const isFirst = seat === first
    const shared = first?.url ?? null
    // The others come to the port that the first one has got, whoever chose it.
    if (this.#control.url === null || (!isFirst && shared === null)) return
    const sharing = gateways.length === 1 ? null : shared === null ? 'first' : 'joins'
    seat.child?.send({
      type: 'start',
      role: 'gateway',
      name: seat.name,
      gatewayToken: seat.token,
      sharing,
      bootstrapToken,
      feedUrl: reachable(this.#control.url),
      port: shared === null ? null : portOf(shared),
    })
  }

  #hear(seat: AnySeat, message: FromChild): void {
    if (message.type === 'setup-link') this.#setupLink = message.url
    if (message.type === 'failed') seat.lastWords = message.message
    if (message.type === 'ready') this.#arrive(seat)
    if (message.type !== 'listening') return
    const isFirstTime = seat.url === null
    seat.url = message.url
    this.#tell(seat, 'listening')
    if (!isFirstTime) return
    // Gateways that were forked early have loaded their code meanwhile and wait for an address: of control, or the port.
    if (seat.role === 'control') for (const gateway of this.#gateways) this.#begin(gateway)
    else if (seat === this.#gateways[0]) for (const gateway of this.#gateways.slice(1)) this.#begin(gateway)
  }

  #tell({ called, url }: AnySeat, step: 'listening' | 'ready'): void {
    if (this.#phase === 'starting') this.#deps.onProgress(called, step, url ?? '')
  }

  #arrive(seat: AnySeat): void {
    Object.assign(seat, { ready: true, readySince: this.#deps.monotonic() })
    this.#tell(seat, 'ready')
    if (seat.crashes > 0) {
      this.#deps.log.info({ role: seat.role, name: seat.called, crashes: seat.crashes }, 'process is back')
      seat.cancelTimer = this.#deps.after(recoveredAfterMs, () => {
        seat.crashes = 0
        this.#tellRed(seat)
      })
    }
    const [first] = this.#gateways
    const { url: control } = this.#control
    const gateway = first?.url ?? null
    if (this.#phase !== 'starting' || control === null || gateway === null) return
    if (this.#seats().some(({ ready }) => !ready)) return
    this.#phase = 'running'
    this.#settle?.resolve({ control, gateway, setupLink: this.#setupLink })
  }

  #lose(seat: AnySeat, how: string): void {
    const { after, log, monotonic } = this.#deps
    const { role, called } = seat
    const readyForMs = seat.readySince === null ? null : monotonic() - seat.readySince
    const reason = seat.lastWords ?? `The ${called} process ended (${how}); the log above says more.`
    seat.cancelTimer()
    Object.assign(seat, { child: null, ready: false, readySince: null })
    this.#tellPids()
    seat.gone()
    // First of all: from now on control waits for it no longer.
    if (seat.role === 'gateway') this.#control.child?.send({ type: 'gateway-gone', name: seat.name })
    if (this.#phase === 'ending') return
    if (this.#phase === 'starting') {
      void this.kill().then(() => this.#settle?.reject(new Error(reason)))
      return
    }
    seat.crashes = countCrash(seat.crashes, readyForMs)
    const delayMs = restartDelayMs(seat.crashes)
    const fields = { role, how, crashes: seat.crashes, delayMs, reason, name: called }
    log.error(fields, 'process ended, it starts again')
    if (redBy(seat) !== null) this.#tellRed(seat)
    seat.cancelTimer = after(delayMs, () => this.#raise(seat))
  }

  /** To those whose readiness hangs on that process. */
  #tellRed(seat: AnySeat): void {
    const concerned = seat.role === 'control' ? this.#gateways : [this.#control]
    for (const each of concerned) each.child?.send({ type: 'degraded', why: this.#whyRed(each) })
  }

  /** Control is red by each of its gateways, a gateway by control alone. */
  #whyRed({ role }: AnySeat): string | null {
    const causes = role === 'control' ? this.#gateways : [this.#control]
    return causes.map(redBy).find((why) => why !== null) ?? null
  }

  async #dismiss(seat: AnySeat, seconds: number): Promise<void> {
    const { child } = seat
    if (child === null) return
    const gone = untilGone(seat)
    child.send({ type: 'drain', seconds })
    // Whoever has not gone by itself shortly after its time is stuck.
    const cancel = this.#deps.after(seconds * 1000 + 5000, child.kill)
    await gone
    cancel()
  }

  #tellPids(): void {
    this.#deps.onChildren(this.#seats().flatMap(({ child }) => child?.pid ?? []))
  }
}

const portOf = (url: string): number => {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** "Every address" is nothing one can connect to; from this machine it is reached over loopback. */
export function reachable(bound: string): string {
  const url = new URL(bound)
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.hostname === '[::]') url.hostname = '[::1]'
  return url.origin
}
