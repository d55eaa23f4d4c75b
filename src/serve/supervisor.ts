import type { Log } from '../observe/log.ts'
import { countCrash, crashesUntilRed, recoveredAfterMs, restartDelayMs } from './backoff.ts'
import type { FromChild, Role, ToChild } from './messages.ts'

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
  readonly gatewayToken: string
  readonly bootstrapToken: string | null
  /** Called whenever the set of children changes, for the lock file. */
  readonly onChildren: (pids: number[]) => void
  readonly onProgress: (role: Role, step: 'listening' | 'ready', url: string) => void
}

export type Started = { readonly control: string; readonly gateway: string; readonly setupLink: string | null }

type Seat = {
  readonly role: Role
  child: ChildProcess | null
  url: string | null
  ready: boolean
  readySince: number | null
  crashes: number
  /** A gateway's process that was forked while there was no control: none has ever met it. */
  isUnmet: boolean
  /** The sentence of a child that gave up by itself. */
  lastWords: string | null
  cancelTimer: () => void
  gone: () => void
}

const newSeat = (role: Role): Seat => ({
  role,
  child: null,
  url: null,
  ready: false,
  readySince: null,
  crashes: 0,
  isUnmet: false,
  lastWords: null,
  cancelTimer: () => {},
  gone: () => {},
})

/** Starts control and gateway, keeps them running, and ends them. A class because it is a resource with a lifetime. */
export class Supervisor {
  readonly #deps: Deps
  readonly #seats = { control: newSeat('control'), gateway: newSeat('gateway') }
  #phase: 'starting' | 'running' | 'ending' = 'starting'
  #setupLink: string | null = null
  #settle: { resolve: (started: Started) => void; reject: (error: Error) => void } | null = null

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Resolves when both are ready; rejects with a sentence for people when the first start fails. */
  start(): Promise<Started> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#raise(this.#seats.control)
      this.#raise(this.#seats.gateway)
    })
  }

  /** The gateway first: while it drains, control still counts and seals for it. */
  async drain(seconds: number): Promise<void> {
    this.#phase = 'ending'
    for (const seat of Object.values(this.#seats)) seat.cancelTimer()
    await this.#dismiss(this.#seats.gateway, seconds)
    await this.#dismiss(this.#seats.control, seconds)
  }

  /** Ends both at once; resolves when they are gone and hold neither port nor database. */
  async kill(): Promise<void> {
    this.#phase = 'ending'
    const ends = Object.values(this.#seats).map((seat) => {
      seat.cancelTimer()
      const gone = untilGone(seat)
      seat.child?.kill()
      return gone
    })
    await Promise.all(ends)
  }

  #raise(seat: Seat): void {
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
    const why = degradedBy(this.#siblingOf(seat))
    if (why !== null) child.send({ type: 'degraded', why })
  }

  /** A control that comes back counts with the gateway that the one before it knew, unless it hears that it is gone. */
  #settleGone({ role, child }: Seat): void {
    const { control, gateway } = this.#seats
    if (role === 'gateway') gateway.isUnmet = control.child === null
    else if (this.#phase === 'running' && (gateway.child === null || gateway.isUnmet)) {
      child?.send({ type: 'gateway-gone' })
      gateway.isUnmet = false
    }
  }

  #begin({ role, url, child }: Seat): void {
    const port = url === null ? null : portOf(url)
    const { gatewayToken, bootstrapToken } = this.#deps
    const control = this.#seats.control.url
    if (role === 'control') child?.send({ type: 'start', role, gatewayToken, port })
    else if (control !== null)
      child?.send({ type: 'start', role, gatewayToken, bootstrapToken, feedUrl: reachable(control), port })
  }

  #hear(seat: Seat, message: FromChild): void {
    if (message.type === 'setup-link') this.#setupLink = message.url
    if (message.type === 'failed') seat.lastWords = message.message
    if (message.type === 'ready') this.#arrive(seat)
    if (message.type !== 'listening') return
    const isFirst = seat.url === null
    seat.url = message.url
    this.#deps.onProgress(seat.role, 'listening', message.url)
    // A gateway that was forked early has loaded its code meanwhile and waits for this address.
    if (seat.role === 'control' && isFirst) this.#begin(this.#seats.gateway)
  }

  #arrive(seat: Seat): void {
    Object.assign(seat, { ready: true, readySince: this.#deps.monotonic() })
    this.#deps.onProgress(seat.role, 'ready', seat.url ?? '')
    if (seat.crashes > 0) {
      this.#deps.log.info({ role: seat.role, crashes: seat.crashes }, 'process is back')
      seat.cancelTimer = this.#deps.after(recoveredAfterMs, () => {
        seat.crashes = 0
        this.#siblingOf(seat).child?.send({ type: 'degraded', why: null })
      })
    }
    const { control, gateway } = this.#seats
    if (this.#phase !== 'starting' || control.url === null || gateway.url === null) return
    if (!control.ready || !gateway.ready) return
    this.#phase = 'running'
    this.#settle?.resolve({ control: control.url, gateway: gateway.url, setupLink: this.#setupLink })
  }

  #lose(seat: Seat, how: string): void {
    const { after, log, monotonic } = this.#deps
    const readyForMs = seat.readySince === null ? null : monotonic() - seat.readySince
    const reason = seat.lastWords ?? `The ${seat.role} process ended (${how}); the log above says more.`
    seat.cancelTimer()
    Object.assign(seat, { child: null, ready: false, readySince: null })
    this.#tellPids()
    seat.gone()
    // First of all: from now on control waits for it no longer.
    if (seat.role === 'gateway') this.#seats.control.child?.send({ type: 'gateway-gone' })
    if (this.#phase === 'ending') return
    if (this.#phase === 'starting') {
      void this.kill().then(() => this.#settle?.reject(new Error(reason)))
      return
    }
    seat.crashes = countCrash(seat.crashes, readyForMs)
    const delayMs = restartDelayMs(seat.crashes)
    log.error({ role: seat.role, how, crashes: seat.crashes, delayMs, reason }, 'process ended, it starts again')
    const why = degradedBy(seat)
    if (why !== null) this.#siblingOf(seat).child?.send({ type: 'degraded', why })
    seat.cancelTimer = after(delayMs, () => this.#raise(seat))
  }

  async #dismiss(seat: Seat, seconds: number): Promise<void> {
    const { child } = seat
    if (child === null) return
    const gone = untilGone(seat)
    child.send({ type: 'drain', seconds })
    // Whoever has not gone by itself shortly after its time is stuck.
    const cancel = this.#deps.after(seconds * 1000 + 5000, child.kill)
    await gone
    cancel()
  }

  #siblingOf({ role }: Seat): Seat {
    return role === 'control' ? this.#seats.gateway : this.#seats.control
  }

  #tellPids(): void {
    this.#deps.onChildren(Object.values(this.#seats).flatMap(({ child }) => child?.pid ?? []))
  }
}

const untilGone = (seat: Seat): Promise<void> =>
  new Promise((resolve) => {
    if (seat.child === null) return resolve()
    const before = seat.gone
    seat.gone = () => {
      before()
      resolve()
    }
  })

const degradedBy = ({ role, crashes }: Seat): string | null =>
  crashes >= crashesUntilRed ? `the ${role} process crashed ${crashes} times in a row` : null

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
