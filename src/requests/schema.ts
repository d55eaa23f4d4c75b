import { z } from 'zod'

/** Wire types of the log of requests and of its sums. Money is decimal text of USD, exact to the nano-USD. */

const id = z.string().min(1).max(64)
const name = z.string().min(1).max(128)

/** Which calls. `from` is in, `to` is not. */
const which = {
  key: id.optional(),
  /** A member, team or app by id, a team or app by slug, or `me`. */
  owner: id.optional(),
  /** The next three by id or slug. */
  project: id.optional(),
  server: id.optional(),
  provider: id.optional(),
  kind: z.enum(['mcp', 'llm']).optional(),
  tool: name.optional(),
  model: name.optional(),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
}
const Which = z.object(which)
export type Which = z.infer<typeof Which>

const ofMetadata = /^metadata\.[^\0]{1,120}$/
const metadataAtMost = 5
export const metadataNameIn = (field: string): string => field.slice('metadata.'.length)

/** Beside the named fields any `metadata.<name>=<value>`: the key's metadata must have that value there. */
export const withMetadata = <T extends z.ZodRawShape>(shape: T) => {
  const named = z.object(shape)
  return named
    .catchall(z.string().max(1024))
    .superRefine((given, context) => {
      const others = Object.keys(given).filter((field) => !Object.hasOwn(shape, field))
      const unknown = others.filter((field) => !ofMetadata.test(field))
      if (unknown.length > 0) context.addIssue({ code: 'unrecognized_keys', keys: unknown, input: given })
      else if (others.length > metadataAtMost)
        context.addIssue({ code: 'custom', message: `At most ${metadataAtMost} of metadata.`, input: given })
    })
    .transform((given) => ({
      ...named.parse(given),
      metadata: Object.entries(given).flatMap(([field, value]): Member[] =>
        ofMetadata.test(field) ? [{ name: metadataNameIn(field), value: String(value) }] : [],
      ),
    }))
}
/** A member of metadata and its value as text. */
export type Member = { readonly name: string; readonly value: string }

/** A network of whole octets is what its addresses begin with; others would have to be computed call by call. */
const addressText = 'An IP address, or an IPv4 network such as 10.0.0.0/8, 10.1.0.0/16 or 10.1.2.0/24.'
const Address = z.union([z.ipv4(), z.ipv6(), z.cidrv4().regex(/\/(8|16|24)$/)])

export const filter = {
  ...which,
  status: z.coerce.number().int().min(0).max(599).optional(),
  code: name.optional(),
  /** `false`: refused here. */
  admitted: z.enum(['true', 'false']).optional(),
  /** Of the caller, or an IPv4 network of whole octets. */
  address: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => Address.safeParse(text).success, addressText)
    .optional(),
  /** What the caller calls itself: three characters or more anywhere in it, fewer at its beginning. */
  client: name.optional(),
}
export const RequestExportQuery = withMetadata(filter)
export type RequestFilter = z.output<typeof RequestExportQuery>

export const RequestView = z.strictObject({
  /** As the caller was told it. A caller may have made it up, and twice. */
  id: z.string(),
  at: z.string(),
  kind: z.enum(['mcp', 'llm']),
  key: z.string(),
  /** When it was used; so with the owner and all else here. */
  keyName: z.string(),
  /** 0: of a child that no secret of the key asked for. */
  secretVersion: z.int(),
  /** The child token that was presented. */
  child: z.string().nullable(),
  owner: z.strictObject({ type: z.enum(['member', 'team', 'app']), id: z.string() }),
  project: z.string().nullable(),
  server: z.string().nullable(),
  tool: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  method: z.string().nullable(),
  /** False: it was refused here, and is no request of its key. */
  admitted: z.boolean(),
  /** 499: the caller left before the end; 0: nobody knows. */
  status: z.int(),
  code: z.string().nullable(),
  rule: z.string().nullable(),
  tokens: z
    .strictObject({
      input: z.int(),
      output: z.int(),
      cached: z.int(),
      cacheWrite: z.int(),
      reasoning: z.int(),
      /** The provider did not say them. */
      estimated: z.boolean(),
    })
    .nullable(),
  /** null: no price is known. */
  costUsd: z.string().nullable(),
  latencyMs: z.int(),
  firstByteMs: z.int().nullable(),
  address: z.string(),
  client: z.string(),
  gateway: z.string(),
  metadata: z.record(z.string(), z.unknown()),
})
export type RequestView = z.infer<typeof RequestView>

export const groupings = [
  'key',
  'owner',
  'team',
  'app',
  'project',
  'environment',
  'server',
  'tool',
  'provider',
  'model',
  'status',
  'hour',
  'day',
] as const
export type Grouping = (typeof groupings)[number]

export const usage = {
  ...which,
  /** One of these, or `metadata.<name>`. */
  by: z.union([z.enum(groupings), z.string().regex(ofMetadata)]).default('key'),
}
export const UsageExportQuery = z.strictObject(usage)
export type UsageAsked = z.infer<typeof UsageExportQuery>

const sums = {
  /** Admitted ones. */
  requests: z.int(),
  refused: z.int(),
  tokens: z.strictObject({ input: z.int(), output: z.int(), cached: z.int(), reasoning: z.int() }),
  costUsd: z.string(),
  /** On average, of the admitted ones; null: there were none. */
  latencyMs: z.number().nullable(),
  /** Percent of all requests that the answer is about, to a thousandth. */
  share: z.number(),
}
export const Sums = z.strictObject(sums)
export const UsageItem = z.strictObject({
  /** null: of none, as of no team. */
  id: z.string().nullable(),
  /** The server of a tool, the provider of a model. */
  of: z.string().nullable(),
  ...sums,
})
export type UsageItem = z.infer<typeof UsageItem>
