import { z } from 'zod'
import { displayName } from '../keys/schema.ts'

/** Wire and domain types of MCP servers. */

export const slug = z.string().regex(/^(?!.*__)[a-z0-9][a-z0-9-]{0,30}$/)
export const serverId = z.string().regex(/^srv_[0-9A-Za-z]{16}$/)

const url = z.url({ protocol: /^https?$/ }).max(2048)
export const HttpTransport = z.strictObject({ type: z.literal('http'), url })
/** HTTP+SSE of 2024-11-05, towards the server only: clients speak streamable HTTP with the gateway all the same. */
export const SseTransport = z.strictObject({ type: z.literal('sse'), url })
export const StdioTransport = z.strictObject({
  type: z.literal('stdio'),
  command: z.string().min(1).max(4096),
  args: z.array(z.string().max(32_768)).max(256).optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(32_768)).optional(),
})
export const Transport = z.discriminatedUnion('type', [HttpTransport, SseTransport, StdioTransport])
export type Transport = z.infer<typeof Transport>

/** Where the upstream credential goes: a header of an HTTP server. `{value}` in the template is the secret. */
export const Slot = z.strictObject({
  slot: z.literal('header'),
  name: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  template: z
    .string()
    .max(256)
    .refine((text) => text.split('{value}').length === 2, 'must hold {value} once'),
})
export type Slot = z.infer<typeof Slot>

/** A static secret for an HTTP server. Written, never read: no answer holds it. */
export const NewServerCredential = z.strictObject({
  slot: z.literal('header'),
  name: z.string(),
  template: z.string().optional(),
  value: z.string().min(1).max(8192),
})
export type NewServerCredential = z.infer<typeof NewServerCredential>

/**
 * How long a gateway waits for the server, seconds. Streams of the protocol (GET, `subscriptions/listen`) may be silent
 * and last as long as they like: of these times only the first two hold for them.
 */
export const Timeouts = z.strictObject({
  /** Until a connection is there. */
  connectSeconds: z.int().min(1).max(60).default(5),
  /** Until the answer begins. */
  answerSeconds: z.int().min(1).max(3600).default(60),
  /** Between two pieces of an answer. */
  idleSeconds: z.int().min(1).max(86_400).default(900),
  /** For the whole call; null: as long as it takes. */
  totalSeconds: z.int().min(1).max(86_400).nullable().default(null),
})
export type Timeouts = z.infer<typeof Timeouts>
/** What a call of a tool costs, decimal USD, by its name; `*`: of every other tool. */
export const ToolPrices = z
  .record(
    z.string().min(1).max(128),
    z.string().regex(/^\d{1,6}(\.\d{1,9})?$/, 'must be a decimal number of USD such as "0.01", below a million'),
  )
  .refine((prices) => Object.keys(prices).length <= 1000, 'must hold at most 1000 tools')
export type ToolPrices = z.infer<typeof ToolPrices>

export const defaultTimeouts: Timeouts = Timeouts.parse({})

/** A command only: each gateway runs children of its own, and sessions with them are not handed from one to another. */
const perGateway = z.boolean()

export const NewServer = z.strictObject({
  slug,
  name: displayName.optional(),
  project: z.string().max(64).optional(),
  transport: Transport,
  credential: NewServerCredential.optional(),
  timeouts: Timeouts.partial().optional(),
  perGateway: perGateway.optional(),
  toolPrices: ToolPrices.optional(),
  /** Catalogs that it joins, by id or slug; default: the one that new servers join (`everyone`), `[]`: none. */
  catalogs: z.array(z.string().min(1).max(64)).max(100).optional(),
})
export type NewServer = z.infer<typeof NewServer>

/** What is present replaces, `null` sets back to the default, absent stays. A present `transport` is the whole of it. */
export const ServerPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.nullable().optional(),
  transport: Transport.optional(),
  credential: NewServerCredential.nullable().optional(),
  /** The whole of it: a time that is not named has its default. */
  timeouts: Timeouts.partial().nullable().optional(),
  perGateway: perGateway.nullable().optional(),
  /** All of them: a tool that is not named is free, or costs what `*` says. */
  toolPrices: ToolPrices.nullable().optional(),
  /** Null: the configuration that manages it lets go of it. */
  managedBy: z.null().optional(),
})
export type ServerPatch = z.infer<typeof ServerPatch>

/** Shown in the place of a stdio variable's value; sent back with the same command it keeps the value. */
export const hiddenValue = '[set]'

export const ServerHealth = z.strictObject({
  state: z.enum(['ready', 'unreachable', 'starting']),
  tools: z.array(z.strictObject({ name: z.string(), description: z.string().optional() })).optional(),
  lastError: z.string().optional(),
  checkedAt: z.string().nullable(),
})
export type ServerHealth = z.infer<typeof ServerHealth>

/** The server as REST shows it; never a credential's value, of stdio `env` only the names (values shown as `[set]`). */
export const ServerView = ServerHealth.extend({
  id: serverId,
  slug,
  name: z.string(),
  project: z.string(),
  transport: Transport,
  credential: z
    .strictObject({ id: z.string(), slot: z.literal('header'), name: z.string(), template: z.string() })
    .nullable(),
  timeouts: Timeouts.required(),
  perGateway,
  toolPrices: ToolPrices,
  /** The configuration that manages it (`ostiary apply`); null: whoever may. */
  managedBy: z.string().nullable(),
  createdAt: z.string(),
  revision: z.int(),
})
export type ServerView = z.infer<typeof ServerView>

/** The record of a server as gateways hold it. stdio `env` may hold secrets, so it travels sealed. */
export const ServerRecord = z.object({
  kind: z.literal('server'),
  organization: z.string(),
  id: serverId,
  revision: z.int(),
  slug,
  /** Slugs that it had before; it answers to each until then (ms). Frames of an older control have none. */
  formerSlugs: z.array(z.object({ slug, until: z.int() })).default([]),
  name: z.string(),
  project: z.string(),
  transport: z.discriminatedUnion('type', [
    z.object({ type: z.literal('http'), url: z.string() }),
    z.object({ type: z.literal('sse'), url: z.string() }),
    z.object({
      type: z.literal('stdio'),
      command: z.string(),
      args: z.array(z.string()),
      sealedEnv: z.string().nullable(),
    }),
  ]),
  injection: z.object({ credential: z.string(), version: z.int(), slot: Slot, sealedValue: z.string() }).nullable(),
  /** Frames of an older control have none of these. */
  timeouts: Timeouts.default(defaultTimeouts),
  perGateway: perGateway.default(false),
  toolPrices: ToolPrices.default({}),
})
export type ServerRecord = z.infer<typeof ServerRecord>
