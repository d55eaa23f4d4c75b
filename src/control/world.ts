import type { Config } from '../config.ts'
import type { Log } from '../observe/log.ts'
import type { Secret } from '../secret.ts'

/** Everything of control that is not a function of its input. */
export type World = {
  readonly config: Config
  readonly now: () => number
  readonly monotonic: () => number
  readonly randomBytes: (size: number) => Buffer
  readonly log: Log
  /** Gateways of `serve`, which sign in with a token that lives as long as this start. */
  readonly embeddedGateways: readonly { readonly name: string; readonly token: Secret }[]
  /** Why readiness must be red although this process is well; null when it need not be. */
  readonly degraded?: () => string | null
  /** A thread of the store has died, and no unit of work can be trusted to end: this process had better start anew. */
  readonly onStoreDied?: () => void
}

/** For parts below that log any object: `Log` wants a record, and a spread makes one. */
export const anyFields = (log: Log) => ({
  info: (fields: object, message: string) => log.info({ ...fields }, message),
  warn: (fields: object, message: string) => log.warn({ ...fields }, message),
  error: (fields: object, message: string) => log.error({ ...fields }, message),
})
