import type { IncomingMessage } from 'node:http'
import type { Secret } from '../secret.ts'
import type { Hop } from './peers/arrival.ts'

/** What the access log says about a call; filled in as it becomes known. Never holds anything a caller could have put a secret in. */
export type Facts = {
  organization: string | null
  keyId: string | null
  keyName: string | null
  /** Id of the member, team or app that the key belongs to. */
  owner: string | null
  ownerType: 'member' | 'team' | 'app' | null
  secretVersion: number | null
  /** Id of the child token that was presented; null: the key itself. */
  childId: string | null
  /** Of the key, as JSON. */
  metadata: string | null
  /** Slug of the server that was found. */
  server: string | null
  serverId: string | null
  /** Slug of the provider that was found. */
  provider: string | null
  providerId: string | null
  /** Its own id of the model. */
  model: string | null
  /** Of the server or provider. */
  project: string | null
  method: string | null
  tool: string | null
  /** Which program calls, as it says; null: not looked at yet. */
  client: string | null
  /** It is served: whatever it ends with, it is no refusal of ours. */
  isAdmitted: boolean
}

/** A call as the front hands it on: who sends it and by which name it is traced. Nothing in it is proved yet. */
export type Incoming = {
  readonly request: IncomingMessage
  readonly requestId: string
  readonly address: string
  /** The address stands for many callers: failed attempts are not charged to it. */
  readonly isProxy: boolean
  /** Milliseconds of the monotonic clock. */
  readonly startedAt: number
  /** Slug or id as the caller wrote it, null where the path names none. May be anything, so it is never logged. */
  readonly server: string | null
  /** The key where the path holds it; then no header may. */
  readonly urlKey: Secret | null
  /** Name of the route; the path itself may hold anything. */
  readonly route: string
  readonly facts: Facts
  /** Another gateway has handed it on; it goes no further. Missing or null: it came from its caller. */
  readonly hop?: Hop | null
}

export const noFacts = (): Facts => ({
  organization: null,
  keyId: null,
  keyName: null,
  owner: null,
  ownerType: null,
  secretVersion: null,
  childId: null,
  metadata: null,
  server: null,
  serverId: null,
  provider: null,
  providerId: null,
  model: null,
  project: null,
  method: null,
  tool: null,
  client: null,
  isAdmitted: false,
})
