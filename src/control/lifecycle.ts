import type { Listener } from '../http/listen.ts'
import type { Secret } from '../secret.ts'

export type Control = {
  readonly listen: () => Promise<{ url: string }>
  /** Would serve a call now. */
  readonly ready: () => boolean
  /** Link to the setup page for the first owner; null when there is nothing to set up. Each one ends those before it. */
  readonly setupLink: () => Promise<string | null>
  /** Lets running calls end, at most that long, then says goodbye to gateways and closes the store. */
  readonly drain: (seconds: number) => Promise<void>
  /** The process of the embedded gateway of this name was reaped: no effect names it any more. */
  readonly gatewayGone: (name: string) => void
}

type Deps = {
  readonly publicUrl: string | null
  readonly listener: Listener
  /** The feed's own, when one is configured. */
  readonly fleetListener: Listener | null
  readonly start: () => void
  /** What must end before the store closes, in this order. */
  readonly ends: readonly (() => Promise<void> | void)[]
  readonly askDatabase: () => Promise<void>
  readonly degraded: () => string | null
  readonly offerSetup: () => Promise<Secret | null>
  readonly gatewayGone: (name: string) => void
  readonly log: { readonly info: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}
export type Lifecycle = Control & {
  readonly waitingFor: () => Promise<readonly string[]>
  /** Empty before it listens, where no setting says it. */
  readonly publicUrl: () => string
  /** The link with which the one-time code of an owner is redeemed. */
  readonly setupUrl: (code: Secret) => string
  /** The one with which a member reveals the secret of a key that was made or rotated for him. */
  readonly claimUrl: (code: Secret) => string
}

const probeMs = 2000

/** Gateways answer a close frame at once when they are alive. */
const farewellMs = 500

export const createLifecycle = (deps: Deps): Lifecycle => {
  let url: string | null = null
  let hasStore = true
  let draining: Promise<void> | null = null
  const drain = async (seconds: number): Promise<void> => {
    const listeners = [deps.listener, ...(deps.fleetListener ? [deps.fleetListener] : [])]
    await Promise.all(listeners.map((listener) => listener.drain(seconds)))
    for (const end of deps.ends) await end()
    await Promise.all(listeners.map((listener) => listener.close(farewellMs)))
  }
  const linkTo = (page: '/setup' | '/claim', code: Secret): string => {
    const base = deps.publicUrl ?? url
    if (base === null) throw new Error('A link was asked for before control listens')
    return linkOn(base, page, code)
  }
  return {
    listen: async () => {
      deps.start()
      const feed = await deps.fleetListener?.listen()
      if (feed) deps.log.info({ url: feed.url }, 'the feed listens on its own')
      const bound = await deps.listener.listen()
      url = bound.url
      return bound
    },
    ready: () => url !== null && draining === null && hasStore && deps.degraded() === null,
    setupLink: async () => {
      const code = await deps.offerSetup()
      const base = deps.publicUrl ?? url
      return code === null || base === null ? null : linkOn(base, '/setup', code)
    },
    publicUrl: () => deps.publicUrl ?? url ?? '',
    setupUrl: (code) => linkTo('/setup', code),
    claimUrl: (code) => linkTo('/claim', code),
    gatewayGone: deps.gatewayGone,
    drain: (seconds) => {
      draining ??= drain(seconds)
      return draining
    },
    waitingFor: async () => {
      hasStore = await answers(deps.askDatabase())
      return [
        ...(hasStore ? [] : ['database']),
        ...(draining === null ? [] : ['shutdown']),
        ...(deps.degraded() === null ? [] : ['gateway']),
      ]
    },
  }
}

const linkOn = (base: string, page: '/setup' | '/claim', code: Secret): string => {
  const link = new URL(base)
  link.pathname = page
  // The code stands behind #, which browsers keep to themselves: no log of ours or of a proxy ever sees it.
  link.hash = code.reveal()
  return link.href
}

const answers = async (asked: Promise<void>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), probeMs).unref()
  })
  const answered = asked.then(
    () => true,
    () => false,
  )
  return Promise.race([answered, late]).finally(() => clearTimeout(timer))
}
