import { z } from 'zod'

/**
 * One call, as a gateway writes it into its spool and control into its request log. Written by the gateway alone and
 * read by control: texts are cut to their lengths before they are written.
 */
export const Tokens = z.object({
  /** All input, cached and cache-writing tokens included. */
  input: z.int().min(0),
  /** All output, reasoning included. */
  output: z.int().min(0),
  /** Part of the input that was read from the provider's cache. */
  cached: z.int().min(0),
  /** Part of the input that was written to the provider's cache. */
  cacheWrite: z.int().min(0).default(0),
  /** Part of the output. */
  reasoning: z.int().min(0),
})
export type Tokens = z.infer<typeof Tokens>

/** What was drawn from one budget, in the period in which it was reserved. */
export const Charge = z.object({ budget: z.string().max(64), window: z.string().max(64), nano: z.int().min(0) })
export type Charge = z.infer<typeof Charge>

export const CallRecord = z.object({
  /** Place in the spool of this boot, from 1 on without a gap. */
  seq: z.int().min(1),
  /** `req_…`, of the call. Two records may say the same one: a retry of ours, or a caller's play. */
  id: z.string().max(64),
  /** When the call came, ms since epoch by the gateway's clock. */
  at: z.int(),
  kind: z.enum(['mcp', 'llm']),
  organization: z.string().max(64),
  key: z.string().max(64),
  keyName: z.string().max(256),
  /** Of the secret that was presented; 0: a child that no secret of the key asked for. */
  version: z.int().min(0),
  child: z.string().max(64).nullable(),
  ownerType: z.enum(['member', 'team', 'app']),
  owner: z.string().max(64),
  /** JSON of the key. */
  metadata: z.string().max(8192),
  /** What the program says of itself. */
  client: z.string().max(128),
  address: z.string().max(64),
  project: z.string().max(64).nullable(),
  server: z.string().max(64).nullable(),
  tool: z.string().max(128).nullable(),
  provider: z.string().max(64).nullable(),
  model: z.string().max(128).nullable(),
  /** JSON-RPC method, or the path of an LLM route. */
  method: z.string().max(128).nullable(),
  /** False: it was refused here and is no request in the sense of `requests`. */
  admitted: z.boolean(),
  /** HTTP status of our answer; 499: the caller left before it ended, 0: nobody knows, this gateway was killed. */
  status: z.int().min(0).max(999),
  code: z.string().max(64).nullable(),
  /** The rule that decided, of a refusal. */
  rule: z.string().max(128).nullable(),
  tokens: Tokens.nullable(),
  /** The tokens are our estimate: the provider did not say them. */
  estimated: z.boolean(),
  /** nano-USD; null: no price is known. */
  cost: z.int().min(0).nullable(),
  /** JSON of the price that was used. */
  price: z.string().max(1024).nullable(),
  charges: z.array(Charge).max(64),
  latencyMs: z.number().min(0),
  firstByteMs: z.number().min(0).nullable(),
})
export type CallRecord = z.infer<typeof CallRecord>

export const recordsPerFrame = 500
/** Of one boot, this one or an earlier one whose spool was found on the disk. Each `seq` follows the one before it. */
export const RecordsFrame = z.object({
  type: z.literal('records'),
  boot: z.string().max(64),
  /** Control has these and all before: as far as the gateway knows. */
  confirmed: z.int().min(0),
  records: z.array(CallRecord).max(recordsPerFrame),
})
/** Nothing more will come of that boot: what it held of budgets and did not settle is free again. */
export const BootClosed = z.object({ type: z.literal('boot-closed'), boot: z.string().max(64), last: z.int().min(0) })
/** Everything of that boot up to here is counted for good. */
export const RecordsTaken = z.object({ type: z.literal('records-taken'), boot: z.string(), upTo: z.int().min(0) })
/** That boot is closed for good: nobody asks for it again. */
export const BootEnded = z.object({ type: z.literal('boot-ended'), boot: z.string() })
