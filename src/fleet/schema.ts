import { z } from 'zod'
import { ChildRecord } from '../access/narrow/schema.ts'
import { AppRecord } from '../apps/schema.ts'
import { BudgetRecord } from '../budgets/schema.ts'
import { CatalogRecord } from '../catalogs/schema.ts'
import { displayName, KeyRecord, Scope } from '../keys/schema.ts'
import { LimitRecord } from '../limits/schema.ts'
import { MemberRecord, TeamRecord } from '../people/schema.ts'
import { ProjectRecord } from '../projects/schema.ts'
import { ProviderRecord } from '../providers/schema.ts'
import { ServerRecord } from '../servers/schema.ts'
import { AuditFrame, AuditFrom } from './audit/schema.ts'
import { LookRequest } from './looks/schema.ts'
import { OrganizationRecord } from './organization/schema.ts'
import { Peers } from './peers/schema.ts'
import { BootClosed, BootEnded, RecordsFrame, RecordsTaken } from './records/schema.ts'
import { SeatsHeld, SliceAnswer, SliceRequest, SliceReturn } from './slices/schema.ts'

export { OrganizationRecord, OrganizationSecrets } from './organization/schema.ts'

/**
 * Frames of the feed between control and gateways (one WebSocket, JSON text frames). They grow by expansion:
 * unknown kinds and fields are ignored on both ends, so nothing here is strict; `hello` names the versions spoken. Since 2
 * what a key may do hangs on people and catalogs too, since 3 on limits and budgets, since 4 on the rules of its
 * organization for the tiers of its projects: a gateway that ignored those would allow what is refused.
 */
export const frameVersions = { oldest: 4, newest: 4 } as const

/** A place in the change log. `log` is the id of the database it belongs to: a position of another log is void. */
export const Position = z.object({ log: z.string(), number: z.int().min(0) })
export type Position = z.infer<typeof Position>

export const RecordKind = z.enum([
  'organization',
  'key',
  'server',
  'member',
  'team',
  'project',
  'catalog',
  'app',
  'child',
  'provider',
  'limit',
  'budget',
])
export type RecordKind = z.infer<typeof RecordKind>

/** Says that a record is no more. */
export const GoneRecord = z.object({
  kind: z.literal('gone'),
  of: RecordKind,
  organization: z.string(),
  id: z.string(),
  revision: z.int(),
})
export type GoneRecord = z.infer<typeof GoneRecord>

/** Records that hold no secret and that travel as they are. */
const PlainRecord = z.discriminatedUnion('kind', [
  MemberRecord,
  TeamRecord,
  ProjectRecord,
  CatalogRecord,
  AppRecord,
  ChildRecord,
  LimitRecord,
  BudgetRecord,
  GoneRecord,
])
export type PlainRecord = z.infer<typeof PlainRecord> | KeyRecord
export type FleetRecord = PlainRecord | OrganizationRecord | ServerRecord | ProviderRecord

/** A key as it travels: thousands say the same scope, so it stands once in the frame's `scopes`, and here is its place. */
export const KeyInFrame = KeyRecord.extend({ scope: z.int().min(0) })
export const RecordInFrame = z.discriminatedUnion('kind', [
  KeyInFrame,
  OrganizationRecord,
  ServerRecord,
  ProviderRecord,
  ...PlainRecord.options,
])
export type RecordInFrame = z.infer<typeof RecordInFrame>
/** Records are read one by one (record-frames.ts): each must be a `RecordInFrame`, unless of a kind that is not known here. */
const inFrame = { scopes: z.array(Scope), records: z.array(z.unknown()) }

/** Proof that a gateway or the minting control has seen the right secret for this version; never a permission. */
export const Proof = z.object({ organization: z.string(), key: z.string(), version: z.int(), proof: z.string() })
export type Proof = z.infer<typeof Proof>

/** What is kept of a report. Gateways send no more, since a server may say as much about itself as it likes. */
export const reportLimits = { tools: 1000, textLength: 4096 } as const

export const ServerReport = z.object({
  organization: z.string(),
  server: z.string(),
  revision: z.int(),
  state: z.enum(['ready', 'unreachable', 'starting']),
  tools: z.array(z.object({ name: z.string(), description: z.string().optional() })).optional(),
  lastError: z.string().optional(),
})
export type ServerReport = z.infer<typeof ServerReport>

/** Something about a key that somebody should hear of at once. Told only of secrets that were proved. */
export const Sighting = z.object({
  organization: z.string(),
  key: z.string(),
  /** `network`: a URL key with a pin was used from there. */
  kind: z.enum(['honey', 'browser', 'network']),
  address: z.string().max(64),
  client: z.string().max(128),
  /** Of a browser its origin, of a network its name (IPv4 /24, IPv6 /64). */
  what: z.string().max(256),
  at: z.int(),
})
export type Sighting = z.infer<typeof Sighting>

/** A frame beyond these is malformed and ends the connection, so gateways refuse before they ask. */
export const tokenLimits = { words: 1000, wordLength: 256 } as const

/** A call to `/oauth/token` on its way to control, which alone can sign. Holds the presented secret. */
export const TokenRequest = z.object({
  type: z.literal('token-request'),
  /** Named in the answer. */
  n: z.int(),
  requestId: z.string().max(64),
  address: z.string().max(64),
  /** Key, or child token, exactly as presented. */
  secret: z.string().max(8192),
  /** Words of `scope` (RFC 6749 §3.3); null: none were asked for. */
  scope: z.array(z.string().max(tokenLimits.wordLength)).max(tokenLimits.words).nullable(),
  ttlSeconds: z.int().nullable(),
})
export type TokenRequest = z.infer<typeof TokenRequest>
export const TokenAnswer = z.object({
  type: z.literal('token-answer'),
  n: z.int(),
  result: z.discriminatedUnion('ok', [
    z.object({
      ok: z.literal(true),
      accessToken: z.string(),
      expiresIn: z.int(),
      scope: z.string(),
      child: z.string(),
    }),
    z.object({ ok: z.literal(false), code: z.string(), detail: z.string(), retryAfterSeconds: z.int().nullable() }),
  ]),
})

export type TokenAnswer = z.infer<typeof TokenAnswer>

/** Public keys with which gateways check children, newest first; `jwk` as in RFC 7517. */
export const SigningKeys = z.object({
  type: z.literal('signing-keys'),
  issuer: z.string(),
  keys: z.array(z.object({ kid: z.string(), jwk: z.record(z.string(), z.string()) })),
})
export type SigningKeys = z.infer<typeof SigningKeys>

export const FromGateway = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    frames: z.object({ oldest: z.int(), newest: z.int() }),
    software: z.string(),
    /** Random id of this process's life. */
    boot: z.string(),
    position: Position.nullable(),
    /** Of the snapshot that it stands on: what is derived from the root changes with time, without a change in the log. */
    era: z.int().optional(),
    /** X25519 public key (base64url, raw 32 bytes) to which secrets are sealed; lives in memory only. */
    sealingKey: z.string(),
    publicUrl: z.string(),
    /** Where other gateways reach this process; empty or missing: nowhere. */
    peerUrl: z.string().max(2048).optional(),
    /** By organization: the last audit event that stands in this gateway's own log. */
    audit: z.record(z.string(), z.int()).optional(),
  }),
  z.object({
    type: z.literal('heartbeat'),
    n: z.int(),
    lastAnswerAgeMs: z.int().nullable(),
    /** A gateway attaches before it listens, and may not know its port until then. */
    publicUrl: z.string().optional(),
    peerUrl: z.string().max(2048).optional(),
  }),
  z.object({ type: z.literal('applied'), position: Position }),
  z.object({ type: z.literal('resync') }),
  z.object({ type: z.literal('proofs'), items: z.array(Proof) }),
  z.object({ type: z.literal('servers'), items: z.array(ServerReport) }),
  z.object({ type: z.literal('sightings'), items: z.array(Sighting) }),
  AuditFrom,
  TokenRequest,
  SliceRequest,
  SliceReturn,
  SeatsHeld,
  RecordsFrame,
  BootClosed,
  /** Clean end: after it the gateway admits nothing, so no one has to wait for its acknowledgement. */
  z.object({ type: z.literal('goodbye') }),
])
export type FromGateway = z.infer<typeof FromGateway>

export const FromControl = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    frames: z.int(),
    gateway: z.object({ id: z.string(), name: z.string() }),
    heartbeatMs: z.int(),
  }),
  /** The whole state in parts; `position` holds from the last part on. Between first and last nothing else comes. */
  z.object({
    type: z.literal('snapshot'),
    part: z.int(),
    last: z.boolean(),
    position: Position,
    era: z.int().optional(),
    ...inFrame,
  }),
  /** Applies only to a gateway that stands at `after`; what does not concern it is missing but lies inside the range. */
  z.object({
    type: z.literal('changes'),
    after: z.int(),
    upTo: z.int(),
    log: z.string(),
    ...inFrame,
  }),
  z.object({ type: z.literal('heartbeat'), n: z.int(), storeNow: z.int() }),
  z.object({
    type: z.literal('proofs'),
    items: z.array(Proof),
    /** true on the last frame of the table sent at attach. */
    complete: z.boolean(),
  }),
  /** The gateway's credential is revoked: it stops deciding at once and says goodbye. */
  z.object({ type: z.literal('revoked') }),
  TokenAnswer,
  SigningKeys,
  AuditFrame,
  SliceAnswer,
  RecordsTaken,
  BootEnded,
  Peers,
  LookRequest,
])
export type FromControl = z.infer<typeof FromControl>

/** Answer to every change that narrows: where it already bites, and the instant from which it bites everywhere. */
export const Effect = z.strictObject({
  acked: z.array(z.strictObject({ gateway: z.string(), afterMs: z.int() })),
  pending: z.array(z.strictObject({ gateway: z.string(), until: z.string() })),
  effectiveEverywhereBy: z.string(),
})
export type Effect = z.infer<typeof Effect>

export const NewGateway = z.strictObject({ name: displayName })
export type NewGateway = z.infer<typeof NewGateway>

export const GatewayView = z.strictObject({
  id: z.string(),
  name: z.string(),
  online: z.boolean(),
  version: z.string().nullable(),
  seq: z.int().nullable(),
  lagMs: z.int().nullable(),
  lastSeenAt: z.string().nullable(),
  /** Where clients reach it, as it says or has said last; null: it never has. */
  publicUrl: z.string().nullable(),
  createdAt: z.string(),
})
export type GatewayView = z.infer<typeof GatewayView>
