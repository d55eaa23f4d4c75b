import type { Sink } from './answer.ts'
import type { Id } from './message.ts'
import type { Announced, Profile } from './versions.ts'

/** A session as the link to a child sees it. */
export type Party = {
  /** Whose it is: a key, or its children that may do one and the same. */
  readonly holder: string
  readonly announced: Announced
  readonly subscriptions: Set<string>
  /** Least severe level it wants to see, as a place in `logLevels`; null: whatever the server sends by itself. */
  logLevel: number | null
  /** Its GET stream, while one is open. */
  stream: ((text: string) => void) | null
}

/** A call of a client that the child has not answered. The number it has towards the child is its key in the table. */
export type Waiting = {
  /** Null for calls without a session: 2026-07-28, and the gateway's own. */
  readonly party: Party | null
  readonly clientId: Id
  readonly progressToken: Id | undefined
  readonly method: string
  readonly sink: Sink
  /** False while it waits for its turn. */
  sent: boolean
  release: () => void
}

/** A question of the child that a client has not answered. */
export type Asked = {
  readonly party: Party
  readonly childId: Id
  readonly progressToken: Id | undefined
  readonly push: (text: string) => boolean
}

/**
 * Everything in flight on one child. Both directions have numbers of our own: two clients that count from 1 never
 * meet (CVE-2026-25536), and nobody can answer, cancel or watch what is not theirs.
 */
export type Pending = {
  readonly profile: Profile
  readonly calls: Map<number, Waiting>
  readonly questions: Map<number, Asked>
  readonly parties: Set<Party>
  nextId: number
}

export const createPending = (profile: Profile): Pending => ({
  profile,
  calls: new Map(),
  questions: new Map(),
  parties: new Set(),
  nextId: 1,
})

export const logLevels: readonly unknown[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

export const levelOf = (value: unknown): number => logLevels.indexOf(value)

const never = new Set([
  'initialize',
  'ping',
  'server/discover',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
])

/** Listing and housekeeping never make a server ask its client something. */
export const mayAsk = (method: string): boolean => !never.has(method) && !method.endsWith('/list')
