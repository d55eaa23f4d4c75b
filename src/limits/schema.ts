import { z } from 'zod'

/** Wire and domain types of limits. Crosses to CLI, dashboard and gateways: zod only. */

export const limitId = z.string().regex(/^lim_[0-9A-Za-z]{16}$/)

/** What a limit or a budget is about. `tool`: of a server, `model`: of a provider, each by its name. */
export const targetTypes = [
  'organization',
  'project',
  'member',
  'team',
  'app',
  'key',
  'server',
  'tool',
  'provider',
  'model',
] as const
export const TargetType = z.enum(targetTypes)
export type TargetType = z.infer<typeof TargetType>

/** `id`: of a tool its server, of a model its provider. `name`: of the tool or model, else null. */
export const Target = z.strictObject({ type: TargetType, id: z.string(), name: z.string().nullable() })
export type Target = z.infer<typeof Target>

/** As input: ids or slugs; the organization needs no id, tools and models need a name. */
export const TargetInput = z.strictObject({
  type: TargetType,
  id: z.string().min(1).max(64).optional(),
  name: z.string().min(1).max(128).optional(),
})
export type TargetInput = z.infer<typeof TargetInput>

/** Without contact to control: `share` goes on with this gateway's part of the limit, `closed` refuses. */
export const Detached = z.enum(['share', 'closed'])
export type Detached = z.infer<typeof Detached>

const most = 1_000_000_000
const count = z.int().min(1).max(most)

/** Of whatever it is about; null: no such limit. Two neighbouring minutes may carry twice the limit: windows are calendar minutes. */
const fields = {
  requestsPerMinute: count.nullable(),
  tokensPerMinute: count.nullable(),
  /** Calls at the same time. */
  concurrent: count.nullable(),
  /** Open streams of the protocol (GET, `subscriptions/listen`) at the same time. */
  streams: count.nullable(),
  detached: Detached,
}

/** Of a key, complete. A key has 100 streams unless it says otherwise. */
export const KeyLimits = z.strictObject(fields)
export type KeyLimits = z.infer<typeof KeyLimits>
export const defaultKeyLimits: KeyLimits = {
  requestsPerMinute: null,
  tokensPerMinute: null,
  concurrent: null,
  streams: 100,
  detached: 'share',
}
/** What is left out has its default. */
export const KeyLimitsInput = KeyLimits.partial()
export type KeyLimitsInput = z.infer<typeof KeyLimitsInput>

export const NewLimit = z.strictObject({ target: TargetInput, ...KeyLimitsInput.shape })
export type NewLimit = z.infer<typeof NewLimit>
export const LimitPatch = KeyLimitsInput
export type LimitPatch = z.infer<typeof LimitPatch>

/** How much of the running window is taken. */
const Used = z.strictObject({ used: z.int(), limit: z.int() }).nullable()
export const LimitView = z.strictObject({
  id: limitId,
  target: Target,
  ...fields,
  /** Of the running minute, slices in gateways' hands included; null where there is no such limit. */
  now: z.strictObject({ requests: Used, tokens: Used, concurrent: Used, streams: Used }),
  createdAt: z.string(),
  revision: z.int(),
})
export type LimitView = z.infer<typeof LimitView>

/** As gateways hold it. */
export const LimitRecord = z.object({
  kind: z.literal('limit'),
  organization: z.string(),
  id: z.string(),
  revision: z.int(),
  target: Target,
  ...fields,
})
export type LimitRecord = z.infer<typeof LimitRecord>

/** What of a limit a slice is part of. The name of its pool is `<limit id>:<measure>`. */
export const measures = ['requests', 'tokens', 'concurrent', 'streams'] as const
export type Measure = (typeof measures)[number]
export const poolOf = (limit: string, measure: Measure): string => `${limit}:${measure}`
