import type { Narrow } from '../../access/narrow/schema.ts'
import type { ProblemCode } from '../../problems.ts'
import type { KeyRecord } from '../schema.ts'
import { isLive } from '../standing.ts'

/** What a child token was made with, as the token itself and control's row say it. Never changes: whoever holds it may compare by object. */
export type Child = {
  readonly id: string
  /** Of the key that it acts for. */
  readonly key: string
  /** Instant (ms) from which it is refused. */
  readonly expiresAt: number
  /** Of the key when it was made. */
  readonly epoch: number
  /** Of the secret that asked for it; 0: whoever manages the key did. */
  readonly version: number
  /** What it may do of what the key may: of the child that it descends from first, its own last. Each cuts, none adds. */
  readonly narrows: readonly Narrow[]
  /** Ids of the children that it descends from, outermost first. */
  readonly ancestors: readonly string[]
}

/** A child of a child of a child of a child of a key, and no further. */
export const deepest = 4

type Ended = { readonly code: Extract<ProblemCode, 'key_expired' | 'key_revoked'>; readonly rule: string }

/**
 * Why the holder of a child is refused, or null; of the key itself `refusalOfState` speaks. `isRevoked`: it, or one that
 * it descends from, was ended before its time. No list of what follows from the key is kept: the record says it.
 */
export function endOfChild(
  child: Pick<Child, 'expiresAt' | 'epoch' | 'version'>,
  key: Pick<KeyRecord, 'epoch' | 'versions'>,
  isRevoked: boolean,
  now: number,
): Ended | null {
  if (isRevoked) return revoked
  if (child.epoch !== key.epoch) return cut
  if (child.version !== 0 && !isVersionLive(child.version, key, now)) return rotatedOut
  return child.expiresAt <= now ? expired : null
}

function isVersionLive(version: number, { versions }: Pick<KeyRecord, 'versions'>, now: number): boolean {
  for (const held of versions) if (held.version === version) return isLive(held, now)
  return false
}

const revoked = { code: 'key_revoked', rule: 'child.revokedAt' } as const
const cut = { code: 'key_revoked', rule: 'child.epoch' } as const
const rotatedOut = { code: 'key_revoked', rule: 'child.version' } as const
const expired = { code: 'key_expired', rule: 'child.expiresAt' } as const
