import { z } from 'zod'

/** What `serve` and its two children say to each other over IPC. Tokens travel here and never by argument or variable. */

export type Role = 'control' | 'gateway'

/** `port` is the one that was bound before a crash, so that clients find the restarted child where it was. */
const start = { type: z.literal('start'), port: z.int().nullable() }
export const StartControl = z.object({
  ...start,
  role: z.literal('control'),
  /** `serve`'s own, each with the token of this start. */
  gateways: z.array(z.object({ name: z.string(), token: z.string() })),
})
export const StartGateway = z.object({
  ...start,
  role: z.literal('gateway'),
  name: z.string(),
  gatewayToken: z.string(),
  /** Other processes have the same port: this one comes first, or joins them. Null: it is this one's alone. */
  sharing: z.enum(['first', 'joins']).nullable(),
  feedUrl: z.string(),
  /** For the log, which must not show it; a gateway accepts it as little as any other wrong key. */
  bootstrapToken: z.string().nullable(),
})

export const ToChild = z.union([
  StartControl,
  StartGateway,
  z.object({ type: z.literal('drain'), seconds: z.number() }),
  /** Why readiness must be red although this process is well: its sibling keeps crashing. Null takes it back. */
  z.object({ type: z.literal('degraded'), why: z.string().nullable() }),
  /** For control: the process of this embedded gateway was reaped, so it decides nothing any more. */
  z.object({ type: z.literal('gateway-gone'), name: z.string() }),
])
export type ToChild = z.infer<typeof ToChild>
export type StartControl = z.infer<typeof StartControl>
export type StartGateway = z.infer<typeof StartGateway>

export const FromChild = z.discriminatedUnion('type', [
  z.object({ type: z.literal('listening'), url: z.string() }),
  z.object({ type: z.literal('setup-link'), url: z.string() }),
  z.object({ type: z.literal('ready') }),
  /** Cannot start; one sentence for people. */
  z.object({ type: z.literal('failed'), message: z.string() }),
])
export type FromChild = z.infer<typeof FromChild>
