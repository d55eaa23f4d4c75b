import type { KeyPolicies } from '../../people/policies/schema.ts'
import { isBlackedOut } from './blackout.ts'

/** A rotation of an organization that its schedule has asked for, and what of the fleet it touches. */
export type Waiting = { readonly id: string; readonly keyId: string; readonly servers: ReadonlySet<string> }
/** One whose secret was made within the last hour. */
export type Recent = Pick<Waiting, 'keyId' | 'servers'>

export type Situation = {
  readonly now: number
  readonly policies: Pick<KeyPolicies, 'maxRotationsPerHourPercent' | 'blackouts'>
  /** Keys of the organization that are not ended; more than `enoughKeys` need not be counted. */
  readonly liveKeys: number
  readonly recent: readonly Recent[]
  /** The one that waits longest first. */
  readonly waiting: readonly Waiting[]
}
export type Hold = 'blackout' | 'share' | 'server'
export type Plan = {
  readonly go: readonly Waiting[]
  readonly hold: readonly { readonly id: string; readonly why: Hold }[]
}

/**
 * Pure: which of those that wait may go now. Never more of an organization within an hour than its policy says, and never
 * two that reach the same server: if a rotation breaks something, it is one thing, and there is time to see it. Whoever
 * is held because of a server holds those behind it that reach one of its own, so that none waits for ever.
 */
export function planSchedule({ now, policies, liveKeys, recent, waiting }: Situation): Plan {
  if (isBlackedOut(now, policies.blackouts)) return { go: [], hold: waiting.map(({ id }) => ({ id, why: 'blackout' })) }
  const go: Waiting[] = []
  const hold: { id: string; why: Hold }[] = []
  const taken = new Set(recent.flatMap(({ servers }) => [...servers]))
  const keys = new Set(recent.map(({ keyId }) => keyId))
  const most = shareOf(liveKeys, policies.maxRotationsPerHourPercent)
  for (const each of waiting) {
    const isAgain = keys.has(each.keyId)
    const isFree = isAgain || ![...each.servers].some((server) => taken.has(server))
    if (!isAgain && keys.size >= most) hold.push({ id: each.id, why: 'share' })
    else if (isFree) go.push(each)
    else hold.push({ id: each.id, why: 'server' })
    if (isFree && (isAgain || keys.size < most)) keys.add(each.keyId)
    for (const server of each.servers) taken.add(server)
  }
  return { go, hold }
}

/** At least one: a small organization rotates, too. */
export const shareOf = (liveKeys: number, percent: number): number =>
  Math.max(1, Math.floor((liveKeys * percent) / 100))

/** So many keys allow for all that wait, whatever the count beyond is. */
export const enoughKeys = (rotations: number, percent: number): number => Math.ceil((rotations * 100) / percent)
