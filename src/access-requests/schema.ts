import { z } from 'zod'
import { TopUp } from '../budgets/schema.ts'
import { plainText } from '../keys/schema.ts'

/** Somebody asks for what he lacks, and somebody else says yes or no. Crosses to the CLI: zod only. */

export const accessKinds = ['server', 'tool', 'provider', 'model', 'budget'] as const
export type AccessKind = (typeof accessKinds)[number]
export const AccessRequestState = z.enum(['open', 'approved', 'refused', 'withdrawn', 'ended'])
export type AccessRequestState = z.infer<typeof AccessRequestState>

const name = z.string().min(1).max(128)
const reason = plainText.refine((text) => text.trim() !== '', 'must say why')

/** What it is for: exactly one of these. */
const subjects = {
  /** Id or slug: the server with all its tools. */
  server: name.optional(),
  /** `server/tool`. */
  tool: z.string().min(1).max(400).optional(),
  /** Id or slug: the provider with all its models. */
  provider: name.optional(),
  /** `provider/model`, or the model alone where one provider offers it. */
  model: z.string().min(1).max(400).optional(),
  /** More money in a budget that counts for the key or member; `id` may be left out where there is one. */
  budget: z.strictObject({ id: name.optional(), usd: TopUp.shape.usd }).optional(),
} as const

export const NewAccessRequest = z.strictObject({
  /** The key that is to have it; default: whoever asks, for what his keys choose. */
  key: name.optional(),
  ...subjects,
  reason,
})
export type NewAccessRequest = z.infer<typeof NewAccessRequest>

/** How long the answer waits for gateways. */
const waitMs = z.int().min(0).max(30_000).optional()

export const Approval = z.strictObject({
  /** When it ends by itself, within a year; left out: for good. */
  until: z.iso.datetime({ offset: true }).optional(),
  reason: reason.optional(),
  waitMs,
})
export type Approval = z.infer<typeof Approval>

/** Of what changes nothing that gateways know, where there is nothing to wait for. */
export const Refusing = z.strictObject({ reason, waitMs })
export type Refusing = z.infer<typeof Refusing>
export const Waited = z.strictObject({ waitMs })

const Person = z.strictObject({ id: z.string(), name: z.string() })

export const AccessRequestView = z.strictObject({
  id: z.string(),
  /** `ended`: it was approved, and is over. */
  state: AccessRequestState,
  /** Who asks. */
  member: Person,
  /** What is to have it. */
  target: z.strictObject({ type: z.enum(['key', 'member']), id: z.string(), name: z.string() }),
  kind: z.enum(accessKinds),
  /** The server, provider or budget. */
  subject: Person,
  tool: z.string().optional(),
  model: z.string().optional(),
  usd: z.string().optional(),
  reason: z.string(),
  createdAt: z.string(),
  decidedAt: z.string().nullable(),
  decidedBy: Person.nullable(),
  decisionReason: z.string().nullable(),
  /** Null: for good, or not approved. */
  until: z.string().nullable(),
  endedAt: z.string().nullable(),
  revision: z.int(),
})
export type AccessRequestView = z.infer<typeof AccessRequestView>
