import type { RequestListener } from 'node:http'
import { Pool } from 'undici'
import type { Config } from '../../config.ts'
import { createListener, type Listener, type Sharing } from '../../http/listen.ts'
import type { Log } from '../../observe/log.ts'

/** Where other gateways reach this process. */
export type Reach = {
  /** Empty: nowhere, or no longer. */
  readonly url: () => string
  /** Is that the address of the door for gateways of this machine? */
  readonly isOwnHost: (host: string | undefined) => boolean
  /** Opens that door, where several processes share the port of the clients. */
  readonly open: (front: RequestListener) => Promise<void>
  readonly drain: (seconds: number) => Promise<void>
}

export type ReachWorld = {
  readonly config: Partial<Pick<Config, 'gatewayPeerUrl'>>
  /** Missing or null: the port of the clients leads to this process alone. */
  readonly sharing?: Sharing | null | undefined
  readonly randomBytes: (size: number) => Uint8Array
  readonly log: Log
}

type State = {
  readonly isDraining: boolean
  /** Where clients reach it; empty before it listens. */
  readonly url: string
}

export function createReach({ config, sharing, randomBytes, log }: ReachWorld, state: () => State): Reach {
  let listener: Listener | null = null
  let door = ''
  return {
    url: () => {
      const { isDraining, url } = state()
      if (isDraining) return ''
      return sharing ? door : (config.gatewayPeerUrl ?? (isAnywhere(url) ? '' : url))
    },
    isOwnHost: (host) => door !== '' && host === new URL(door).host,
    open: async (front) => {
      if (!sharing) return
      const address = { host: '127.0.0.1', port: 0, tls: null }
      listener = await createListener(address, front, { setting: 'OSTIARY_GATEWAY', randomBytes, log })
      door = (await listener.listen()).url
    },
    drain: async (seconds) => listener?.drain(seconds),
  }
}

/** Bound to every address of a machine: that says none of them. */
const isAnywhere = (url: string): boolean => /^https?:\/\/(?:0\.0\.0\.0|\[::\])(?::|\/|$)/.test(url)

const idleMs = 4000
/** Gateways are near each other, and one that is not there is found out before a client loses patience. */
const connectMs = 2000

/** Unbounded: with a bound, that many open streams would block every call that is handed on. */
export const openPeerPool = (origin: string): Pool =>
  new Pool(origin, {
    connections: null,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleMs,
    connect: { timeout: connectMs, keepAlive: true, keepAliveInitialDelay: 30_000 },
  })
