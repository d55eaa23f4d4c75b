import { z } from 'zod'
import type { BudgetRecord } from '../budgets/schema.ts'
import { Choice } from '../keys/schema.ts'
import type { LimitRecord } from '../limits/schema.ts'
import type { ProblemCode } from '../problems.ts'
import { Model } from '../providers/schema.ts'

/** A server or provider as the decision sees it: the record that the name led to. */
export type Target = { readonly id: string; readonly project: string }

/** A call as the decision sees it; `server` or `provider` is null when the name led to none. */
export type McpCall = {
  readonly kind: 'mcp'
  readonly server: Target | null
  /** JSON-RPC method, or the HTTP method for calls without a body. */
  readonly method: string
  readonly tool: string | null
}
export type LlmCall = {
  readonly kind: 'llm'
  /** `models`: ids of the models that it offers. */
  readonly provider: (Target & { readonly models: ReadonlySet<string> }) | null
  /** Its id, after aliases; null when it named none. */
  readonly model: string | null
}
export type Call = McpCall | LlmCall

/** What a yes still has to go through, in this order; each can only turn it into a no. Only seats exist yet. */
export const dutyKinds = ['seats', 'hold', 'filter', 'redact', 'shape'] as const
export type Duty =
  /** Every limit and budget that the call is subject to: all of them or none is taken. */
  | { readonly kind: 'seats'; readonly limits: readonly LimitRecord[]; readonly budgets: readonly BudgetRecord[] }
  | { readonly kind: 'hold' | 'filter' | 'redact' | 'shape' }
/** As REST shows it: limits and budgets by id. */
export const DutyView = z.strictObject({
  kind: z.enum(dutyKinds),
  limits: z.array(z.string()).optional(),
  budgets: z.array(z.string()).optional(),
})
export type DutyView = z.infer<typeof DutyView>

export type Deny = {
  readonly kind: 'deny'
  readonly code: ProblemCode
  /** The field that decided, as `key.mcp.servers` or `owner.catalogs`. */
  readonly rule: string
  /** Of the record that the rule names. */
  readonly revision: number
}
export type Allow = { readonly kind: 'allow'; readonly duties: readonly Duty[] }
export type Verdict = Deny | Allow

/** One check of the decision and what it said. All are asked, so that every reason shows, not only the first. */
export const Trace = z.strictObject({
  check: z.string(),
  passed: z.boolean(),
  code: z.string().nullable(),
  rule: z.string().nullable(),
  revision: z.int().nullable(),
})
export type Trace = z.infer<typeof Trace>

const name = z.string().min(1).max(128)

/** `POST /access/explain`: may this key do that, and if not, why? Nothing is called and no duty is performed. */
export const ExplainInput = z.strictObject({
  /** Left out only where a child is named. */
  key: name.optional(),
  /** Id of a child token: may it? It is one of that key, where the key is named as well. */
  child: name.optional(),
  call: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('mcp'),
      server: name,
      /** Default: `tools/call` where a tool is named, else `initialize`. */
      method: name.optional(),
      tool: name.optional(),
    }),
    z.strictObject({
      kind: z.literal('llm'),
      /** Default: the only one that offers the model. */
      provider: name.optional(),
      model: name,
    }),
  ]),
  /** The caller's address; default: one that the key's list admits, if it has any. */
  address: z.string().max(64).optional(),
  /** Default: one that the key may use. */
  gateway: name.optional(),
  /** Default: now. */
  at: z.iso.datetime().optional(),
})
export type ExplainInput = z.infer<typeof ExplainInput>

export const Explanation = z.strictObject({
  allowed: z.boolean(),
  code: z.string().nullable(),
  rule: z.string().nullable(),
  revision: z.int().nullable(),
  /** In words, with the way out; null for a yes. */
  reason: z.string().nullable(),
  duties: z.array(DutyView),
  trace: z.array(Trace),
})
export type Explanation = z.infer<typeof Explanation>

/** Slug and name of every object whose id stands in the answer; people and keys have no slug. */
const Refs = z.record(z.string(), z.strictObject({ slug: z.string().nullable(), name: z.string() }))
const ServerState = z.enum(['ready', 'unreachable', 'starting'])

/** By which approved requests it is open, the one that lasts longest first; `until` null: for good. Missing: by none. */
const Granted = z.array(z.strictObject({ request: z.string(), until: z.string().nullable() })).optional()

/** `GET /keys/{id}/access`: what the key may call now, from an address and on a gateway that it admits. */
export const KeyAccess = z.strictObject({
  items: z.array(
    z.strictObject({
      server: z.string(),
      /** What gateways last saw of it. */
      state: ServerState,
      /** What the choices of the key and its app leave together. */
      tools: Choice,
      /** Tools that the server was last seen with and that the key may call; null: not seen yet. */
      toolNames: z.array(z.string()).nullable(),
      grants: Granted,
    }),
  ),
  providers: z.array(z.strictObject({ provider: z.string(), models: z.array(z.string()), grants: Granted })),
  /** Why it can do nothing at all; null: it can do something. */
  nothing: z.strictObject({ code: z.string(), rule: z.string(), reason: z.string() }).nullable(),
  refs: Refs,
})
export type KeyAccess = z.infer<typeof KeyAccess>

/** `GET /me/catalog`: what whoever asks may give to keys of his own. */
export const MyCatalog = z.strictObject({
  /** Servers by slug, in pages. */
  items: z.array(
    z.strictObject({
      id: z.string(),
      slug: z.string(),
      name: z.string(),
      project: z.string(),
      state: ServerState,
      /** As last seen; null: not seen yet. */
      tools: z.array(z.strictObject({ name: z.string(), description: z.string().optional() })).nullable(),
      /** Who registered it: whom to ask. */
      owner: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
      catalogs: z.array(z.string()),
      grants: Granted,
    }),
  ),
  /** All of them, by slug, on the first page. */
  providers: z.array(
    z.strictObject({
      id: z.string(),
      slug: z.string(),
      name: z.string(),
      project: z.string(),
      models: z.array(Model.pick({ id: true, aliases: true })),
      owner: z.strictObject({ id: z.string(), name: z.string() }).nullable(),
      catalogs: z.array(z.string()),
      grants: Granted,
    }),
  ),
  nextCursor: z.string().nullable(),
  /** Of servers. */
  total: z.int(),
  totalIsAtLeast: z.literal(true).optional(),
  refs: Refs,
})
export type MyCatalog = z.infer<typeof MyCatalog>
