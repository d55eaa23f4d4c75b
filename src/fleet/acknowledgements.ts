import { effectFrom, hasApplied, marginMs } from './effect.ts'
import { answer, type FeedState, momentOf, waitUntil } from './feed-state.ts'
import { closing } from './frames.ts'
import { type Moment, stalenessOf } from './freshness.ts'
import { tellPeers } from './peers/tell.ts'
import { type Standing, servesOrganization } from './roster.ts'
import type { Effect } from './schema.ts'
import { type Session, sendFrame, standingOf } from './session.ts'

type Change = {
  readonly organizationId: string
  readonly rowId: number
  readonly waitMs: number
  /** The key's own; null: the organization's counts. */
  readonly maxStalenessSeconds: number | null
  /** The organization's before the change, where it was one of that. */
  readonly formerSeconds: number | null
}

/** Waits for the change's number, then for every attached gateway to have applied it, and says how far it got. */
export async function effectOf(state: FeedState, change: Change): Promise<Effect> {
  const { deps } = state
  const begun = momentOf(deps)
  const leftMs = (): number => change.waitMs - (deps.monotonic() - begun.monotonic)
  await state.open()
  const numbered = deps.sequencer.numberOf(change.rowId)
  // Awaited only after the read below: should control end meanwhile, this must fail the call and not the process.
  numbered.catch(() => {})
  const former = change.formerSeconds
  if (former !== null)
    state.formers.add(change.organizationId, former, numbered, change.waitMs + former * 1000 + marginMs)
  const secondsOf = await secondsIn(state, change.organizationId, change.maxStalenessSeconds)
  const number = await within(state, numbered, leftMs())
  const ackedAt = new Map<string, Moment>()
  const attached = (): Session[] =>
    [...state.sessions].filter(({ gateway }) => servesOrganization(gateway, change.organizationId))
  const isApplied = (): boolean => {
    for (const { gateway, applied } of attached()) {
      const isThere = number !== null && applied !== null && applied >= number
      if (isThere && !ackedAt.has(gateway.id)) ackedAt.set(gateway.id, momentOf(deps))
    }
    return attached().every((session) => hasApplied(standingOf(session), number))
  }
  if (number !== null) await waitUntil(state, isApplied, leftMs())
  const effect = effectFrom({
    standings: standings(state, attached(), (gateway) => servesOrganization(gateway, change.organizationId)),
    number,
    secondsOf,
    begun,
    now: momentOf(deps),
    ackedAt,
  })
  keepPromise(state, attached, number, numbered)
  return effect
}

/** Gateways that have not heard of it go by what their organization said before, where that was longer. */
async function secondsIn(state: FeedState, organizationId: string, ofKey: number | null) {
  const current = await state.deps.maxStalenessSeconds(organizationId)
  return (standing: Standing): number =>
    stalenessOf(Math.max(current, state.formers.longestOf(standing, organizationId)), ofKey)
}

const standings = (
  state: FeedState,
  sessions: readonly Session[],
  concerns: (gateway: Standing['gateway']) => boolean,
) => [...sessions.map(standingOf), ...state.vanished.all().filter(({ gateway }) => concerns(gateway))]

/**
 * The answer names when silent gateways stop deciding. That is true only if none of them gets fresh again without the
 * change, so its heartbeats are answered after it. Without a number nobody knows whether it was sent: all wait.
 */
function keepPromise(state: FeedState, concerned: () => Session[], number: number | null, numbered: Promise<number>) {
  const owe = (owed: number): void => {
    for (const session of concerned()) session.owed = Math.max(session.owed, owed)
  }
  if (number !== null) return owe(number)
  const hold = Symbol('a change without a number')
  state.holds.add(hold)
  const release = (): void => {
    state.holds.delete(hold)
    for (const session of state.sessions) answer(state, session)
  }
  numbered.then(owe, () => {}).finally(release)
}

function within(state: FeedState, numbered: Promise<number>, ms: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const stop = state.deps.setTimer(Math.max(0, ms), () => resolve(null))
    numbered.then(resolve, reject).finally(stop)
  })
}

/** Tells every process of a revoked gateway to stop, waits for the goodbyes, then cuts what is left. */
export async function disconnect(
  state: FeedState,
  gateway: { id: string; organizationId: string; waitMs: number },
): Promise<Effect> {
  const { deps } = state
  const begun = momentOf(deps)
  state.revoked.add(gateway.id)
  await state.open()
  const secondsOf = await secondsIn(state, gateway.organizationId, null)
  const attached = (): Session[] => [...state.sessions].filter((session) => session.gateway.id === gateway.id)
  const wasAttached = attached().length > 0
  for (const session of attached()) {
    session.isRevoked = true
    sendFrame(session.wire, { type: 'revoked' })
  }
  tellPeers(state)
  await waitUntil(state, () => attached().length === 0, gateway.waitMs - (deps.monotonic() - begun.monotonic))
  const now = momentOf(deps)
  const left = standings(state, attached(), ({ id }) => id === gateway.id)
  for (const { wire } of attached()) wire.close(closing.revoked, 'revoked')
  const { pending, effectiveEverywhereBy } = effectFrom({
    standings: left,
    number: null,
    secondsOf,
    begun: now,
    now,
    ackedAt: new Map(),
  })
  const afterMs = Math.round(now.monotonic - begun.monotonic)
  const acked = wasAttached && pending.length === 0 ? [{ gateway: gateway.id, afterMs }] : []
  return { acked, pending, effectiveEverywhereBy }
}
