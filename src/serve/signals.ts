/** Signals that ask for a clean end. A closed terminal is such a wish too. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** npm passes on the Ctrl-C that the terminal has already sent to the whole group: the echo of a signal is not a second one. */
const echoMs = 300

type Emitter = {
  readonly on: (signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void) => unknown
}

export type Stop = {
  /** Resolves at the first signal. */
  readonly first: Promise<NodeJS.Signals>
  /** Resolves at the second: no more patience. */
  readonly second: Promise<NodeJS.Signals>
}

export function listenForStop(emitter: Emitter, monotonic: () => number): Stop {
  const first = Promise.withResolvers<NodeJS.Signals>()
  const second = Promise.withResolvers<NodeJS.Signals>()
  let at: number | null = null
  for (const name of stopSignals) {
    emitter.on(name, (signal) => {
      if (at === null) {
        at = monotonic()
        first.resolve(signal)
      } else if (monotonic() - at > echoMs) second.resolve(signal)
    })
  }
  return { first: first.promise, second: second.promise }
}

/** A supervised child leaves signals to `serve`, which ends gateway and control in order. */
export function ignoreStop(emitter: Emitter): void {
  for (const name of stopSignals) emitter.on(name, () => {})
}
