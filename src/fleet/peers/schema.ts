import { z } from 'zod'

/** Another process of a gateway that is attached, and where this one reaches it. */
export const Peer = z.object({
  gateway: z.string(),
  url: z.string(),
  /** Organizations that it serves; null: all of them. */
  organizations: z.array(z.string()).nullable().default(null),
})
export type Peer = z.infer<typeof Peer>

/** All that serve an organization which this gateway serves too, itself left out; sent anew whenever one comes or goes. */
export const Peers = z.object({
  type: z.literal('peers'),
  items: z.array(Peer),
  /** Control has just started: who is not named may be there all the same, and come in a moment. */
  isPartial: z.boolean().default(false),
})
export type Peers = z.infer<typeof Peers>
