import type { Log } from '../observe/log.ts'
import { type FromChild, type Role, type StartControl, type StartGateway, ToChild } from './messages.ts'
import { isRefusal, sentenceOf } from './refusal.ts'

/** What a role looks like once it is built; both composition roots return it. */
export type Part = {
  readonly listen: () => Promise<{ url: string }>
  readonly ready: () => boolean
  readonly drain: (seconds: number) => Promise<void>
  readonly setupLink?: () => Promise<string | null>
  /** Control's: the process of the embedded gateway of this name was reaped. */
  readonly gatewayGone?: (name: string) => void
}

export type Channel = {
  readonly send: (message: FromChild) => void
  readonly onMessage: (listener: (message: unknown) => void) => void
  readonly onClose: (listener: () => void) => void
}

export type ChildDeps = {
  readonly channel: Channel
  /** Builds the role; `degraded` answers why readiness must be red, or null. */
  readonly compose: (start: StartControl | StartGateway, degraded: () => string | null) => Promise<Part>
  readonly exit: (code: number) => void
  readonly after: (ms: number, run: () => void) => () => void
  readonly log: Log
}

const readyPollMs = 15
/** For a drain of zero seconds: cutting takes no time, but a part that hangs must not keep port or database. */
const hardStopMs = 1000

/** The child's side: starts when told, reports, and never outlives the channel to `serve`. */
export function runChild(role: Role, deps: ChildDeps): void {
  const { channel, log, exit, after } = deps
  let part: Part | null = null
  let why: string | null = null
  let ending = false
  const gone: string[] = []

  const end = (seconds: number): void => {
    if (ending) return
    ending = true
    after(seconds * 1000 + hardStopMs, () => exit(1))
    ;(part?.drain(seconds) ?? Promise.resolve()).then(
      () => exit(0),
      (error: unknown) => {
        log.error({ error, role }, 'drain failed')
        exit(1)
      },
    )
  }

  const start = async (message: StartControl | StartGateway): Promise<void> => {
    try {
      part = await deps.compose(message, () => why)
      // Before it listens: a new gateway that has come in is not the one of which this was said.
      for (const name of gone) part.gatewayGone?.(name)
      const { url } = await part.listen()
      channel.send({ type: 'listening', url })
      await untilReady(part, after, () => ending)
      const link = (await part.setupLink?.()) ?? null
      if (link !== null) channel.send({ type: 'setup-link', url: link })
      channel.send({ type: 'ready' })
    } catch (error) {
      log[isRefusal(error) ? 'debug' : 'error']({ error, role }, 'start failed')
      channel.send({ type: 'failed', message: sentenceOf(error) })
      exit(1)
    }
  }

  channel.onClose(() => end(0))
  channel.onMessage((received) => {
    const message = ToChild.parse(received)
    if (message.type === 'degraded') why = message.why
    else if (message.type === 'drain') end(message.seconds)
    else if (message.type === 'gateway-gone') {
      if (part === null) gone.push(message.name)
      else part.gatewayGone?.(message.name)
    } else if (message.role === role && part === null) void start(message)
  })
}

/** Parts are asked, not told: readiness of a gateway depends on what the feed brings. */
const untilReady = (part: Part, after: ChildDeps['after'], isOver: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (part.ready()) resolve()
      else if (!isOver()) after(readyPollMs, look)
    }
    look()
  })
