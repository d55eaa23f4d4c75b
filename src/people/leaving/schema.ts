import { z } from 'zod'
import { Effect } from '../../fleet/schema.ts'
import { KeyStatus, plainText } from '../../keys/schema.ts'
import { MemberView, memberId } from '../schema.ts'

const waitMs = z.int().min(0).max(30_000).optional()

export const LeavingVerb = z.strictObject({ reason: plainText.optional(), waitMs })
export type LeavingVerb = z.infer<typeof LeavingVerb>

/** Ids of all keys that were switched off, or on again, in the same instant. */
export const Deactivated = z.strictObject({ member: MemberView, effect: Effect, suspendedKeys: z.array(z.string()) })
export const Activated = z.strictObject({ member: MemberView, effect: Effect, resumedKeys: z.array(z.string()) })

const Leaver = z.strictObject({
  id: memberId,
  name: z.string(),
  state: z.enum(['active', 'deactivated', 'removed']),
})
const LeftKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  status: KeyStatus,
  /** The app that it belongs to, and goes with; null: it is a person's own. */
  app: z.string().nullable(),
})
const LeftApp = z.strictObject({ id: z.string(), slug: z.string(), name: z.string() })

/** What a person owns: the first of each, and how many there are. Heirs are proposals: anybody active may be one. */
export const LeavingView = z.strictObject({
  member: Leaver,
  keys: z.strictObject({ total: z.int(), items: z.array(LeftKey) }),
  apps: z.strictObject({ total: z.int(), items: z.array(LeftApp) }),
  heirs: z.strictObject({
    teams: z.array(z.strictObject({ id: z.string(), slug: z.string(), name: z.string() })),
    members: z.array(z.strictObject({ id: memberId, name: z.string() })),
  }),
})
export type LeavingView = z.infer<typeof LeavingView>

const ids = z.array(z.string().max(64)).min(1).max(1000).optional()

export const TransferInput = z.strictObject({
  /** A member by id, a team by id or slug. */
  to: z.strictObject({ type: z.enum(['member', 'team']), id: z.string().max(64) }),
  /** Neither keys nor apps: all that there is. */
  keys: ids,
  apps: ids,
  reason: plainText.optional(),
  /** Computes the same and changes nothing. */
  dryRun: z.boolean().optional(),
  waitMs,
})
export type TransferInput = z.infer<typeof TransferInput>

/** Ids of servers, and of providers with at least one model. */
const Reached = z.strictObject({ servers: z.array(z.string()), providers: z.array(z.string()) })
export type Reached = z.infer<typeof Reached>

const TransferredKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  app: z.string().nullable(),
  /** With the rights of who left; of a removed person, whose teams and catalogs are forgotten, all that the key names. */
  before: Reached,
  /** With the rights of the heir, now. */
  after: Reached,
  lost: Reached,
  /** With which the heir reveals the new secret; null: nothing was changed, or it is a decoy, whose secret stays. */
  claim: z.strictObject({ url: z.string(), expiresAt: z.string() }).nullable(),
})

export const TransferView = z.strictObject({
  member: Leaver,
  to: z.strictObject({ type: z.enum(['member', 'team']), id: z.string(), name: z.string() }),
  dryRun: z.boolean(),
  apps: z.array(LeftApp),
  keys: z.array(TransferredKey),
  /** What still waits: the same call again goes on with it. */
  left: z.strictObject({ keys: z.int(), apps: z.int() }),
  /** Null: nothing was changed. */
  effect: Effect.nullable(),
})
