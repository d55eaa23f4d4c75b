import type { Link } from './link.ts'
import type { Profile } from './versions.ts'

/** A child or a connection that can be talked to, with what it said about itself. */
export type Upstream = {
  readonly link: Link
  /** Answer to `initialize` or `server/discover`; null where whoever uses it greets. */
  readonly greeting: unknown
  readonly lastWords: () => string
  readonly stop: () => Promise<void>
}
export type Failure =
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'timeout'; readonly why: string }
  | { readonly kind: 'busy'; readonly why: string }
  /** It runs, but does not speak the revision that the caller speaks. */
  | { readonly kind: 'wrong-era' }
export type Started =
  | { readonly ok: true; readonly upstream: Upstream }
  | { readonly ok: false; readonly failure: Failure }

export type Wanted = {
  readonly serverId: string
  /** Changes when command, arguments, environment or credential change, not when the server is renamed. */
  readonly fingerprint: string
  /** Null for the gateway's own probe, whose child the first subject takes over. */
  readonly subject: string | null
  /** Whose call it is, null for the gateway's own. */
  readonly keyId: string | null
  readonly profile: Profile
}

type Place = {
  wanted: Wanted
  readonly started: Promise<Started>
  upstream: Upstream | null
  readonly startedAt: number
  /** For whose call; others of the subject may use it all the same. */
  readonly startedFor: string | null
  lastUsedAt: number
  /** How many messages had gone through when it was last looked at. */
  seen: number
  readonly stop: () => Promise<void>
}
type PoolDeps = {
  readonly start: (wanted: Wanted, onGone: () => void) => { started: Promise<Started>; stop: () => Promise<void> }
  readonly now: () => number
  readonly caps: Caps
  readonly idleMs: number
  readonly absoluteMs: number
  /** How long a start that failed is not tried again. */
  readonly retryAfterMs: number
  /** How long "does not speak that revision" is believed: a program may be updated in place. */
  readonly eraMs: number
}
/** How many may run at a time: in all, for one server, and started for calls of one key. */
export type Caps = { readonly total: number; readonly perServer: number; readonly perKey: number }

export type Pool = {
  readonly acquire: (wanted: Wanted) => Promise<Started>
  readonly drop: (serverId: string) => void
  readonly sweep: () => void
  readonly stop: () => Promise<void>
  readonly size: () => number
}

/**
 * One child per (server as configured, subject, profile); started when it is wanted, also after a crash. What is `own`
 * is never shared: each time another one.
 */
export const createPool = (deps: PoolDeps): Pool => {
  const places = new Set<Place>()
  const failures = createFailures(deps)
  /** Children on their way out: their process groups still count as running. */
  const leaving = new Set<Promise<void>>()

  const end = (place: Place) => {
    places.delete(place)
    const gone = place.stop().finally(() => leaving.delete(gone))
    leaving.add(gone)
  }
  const start = (wanted: Wanted): Promise<Started> => {
    const name = nameOf(wanted)
    const { started, stop } = deps.start(wanted, () => places.delete(place))
    const now = deps.now()
    const times = { startedAt: now, lastUsedAt: now, seen: 0 }
    const place: Place = { wanted, started, stop, upstream: null, startedFor: wanted.keyId, ...times }
    places.add(place)
    void started.then((answer) => {
      if (answer.ok) place.upstream = answer.upstream
      else {
        // To connect again costs little, and the next may be somebody else.
        if (wanted.profile !== 'own') failures.note(name, answer)
        if (places.has(place)) end(place)
      }
    })
    return started
  }
  const acquire = async (wanted: Wanted): Promise<Started> => {
    for (const place of places) {
      if (place.wanted.serverId === wanted.serverId && place.wanted.fingerprint !== wanted.fingerprint) end(place)
    }
    const place = wanted.profile === 'own' ? undefined : findPlace(places, wanted)
    if (place) {
      if (wanted.subject !== null) place.wanted = wanted
      place.lastUsedAt = deps.now()
      return place.started
    }
    const before = failures.of(nameOf(wanted))
    if (before) return before
    for (const { cap, counts, withLeaving, why } of limitsOf(deps.caps, wanted)) {
      const count = [...places].filter(counts).length + (withLeaving ? leaving.size : 0)
      if (count >= cap && !makeRoom(counts)) return { ok: false, failure: { kind: 'busy', why } }
    }
    return start(wanted)
  }
  /** At the cap, children unused for the idle time go even if sessions still name them: those must start again. */
  const makeRoom = (counts: (place: Place) => boolean): boolean => {
    for (const place of places) touch(place, deps.now())
    const isIdle = (place: Place) => !inFlight(place) && deps.now() - place.lastUsedAt > deps.idleMs
    const idle = [...places].filter((place) => counts(place) && isIdle(place))
    const oldest = idle.toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)[0]
    if (oldest) end(oldest)
    return oldest !== undefined
  }
  const sweep = () => {
    const now = deps.now()
    failures.sweep()
    for (const place of places) {
      touch(place, now)
      if (isDue(place, now, deps)) end(place)
    }
  }
  return {
    acquire,
    sweep,
    drop: (serverId) => {
      for (const place of places) if (place.wanted.serverId === serverId) end(place)
    },
    stop: async () => {
      for (const place of places) end(place)
      await Promise.all(leaving)
    },
    size: () => places.size + leaving.size,
  }
}

/** Starts that failed, as long as they are not tried again. */
const createFailures = ({ now, eraMs, retryAfterMs }: PoolDeps) => {
  const failed = new Map<string, { at: number; started: Started }>()
  const isOver = ({ at, started }: { at: number; started: Started }): boolean =>
    now() - at >= (!started.ok && started.failure.kind === 'wrong-era' ? eraMs : retryAfterMs)
  const sweep = () => {
    for (const [name, one] of failed) if (isOver(one)) failed.delete(name)
  }
  return {
    note: (name: string, started: Started) => void failed.set(name, { at: now(), started }),
    of: (name: string): Started | null => {
      const one = failed.get(name)
      return one === undefined || isOver(one) ? null : one.started
    },
    sweep,
  }
}

/** A child that many short calls use is hardly ever seen at work: that their number has grown shows it, too. */
const touch = (place: Place, now: number): void => {
  const seen = place.upstream?.link.pending.nextId ?? 0
  if (inFlight(place) || seen !== place.seen) place.lastUsedAt = now
  place.seen = seen
}

const isDue = (place: Place, now: number, { idleMs, absoluteMs }: PoolDeps): boolean => {
  const parties = place.upstream?.link.pending.parties.size ?? 0
  const isUnused = parties === 0 && now - place.lastUsedAt > idleMs
  const age = now - place.startedAt
  return isUnused || (age > absoluteMs && !inFlight(place)) || age > 2 * absoluteMs
}

type Limit = {
  readonly cap: number
  readonly counts: (place: Place) => boolean
  /** Processes on their way out take memory; they are nobody's any more. */
  readonly withLeaving: boolean
  readonly why: string
}

const limitsOf = (caps: Caps, wanted: Wanted): readonly Limit[] =>
  // A look of ours is short, and a server that has all the clients that it may have is well.
  wanted.profile === 'own' && wanted.keyId === null ? [] : limitsOfClients(caps, wanted)

const limitsOfClients = ({ total, perServer, perKey }: Caps, { serverId, keyId }: Wanted): readonly Limit[] => [
  { cap: total, counts: () => true, withLeaving: true, why: 'Too many servers are running on this gateway' },
  {
    cap: perServer,
    counts: (place) => place.wanted.serverId === serverId,
    withLeaving: false,
    why: 'This server is running for too many clients',
  },
  {
    cap: keyId === null ? Number.POSITIVE_INFINITY : perKey,
    counts: (place) => place.startedFor === keyId,
    withLeaving: false,
    why: 'Too many servers are running for this key',
  },
]

const nameOf = (wanted: Wanted): string =>
  JSON.stringify([wanted.serverId, wanted.fingerprint, wanted.subject, wanted.profile])

/** The probe takes any child of the server; a subject takes its own, or one that only the probe has used. */
const findPlace = (places: ReadonlySet<Place>, wanted: Wanted): Place | undefined => {
  const alike = [...places].filter(
    ({ wanted: one }) => one.serverId === wanted.serverId && one.profile === wanted.profile,
  )
  return (
    alike.find(({ wanted: one }) => one.subject === wanted.subject) ??
    alike.find(({ wanted: one }) => wanted.subject === null || one.subject === null)
  )
}

const inFlight = (place: Place): boolean => place.upstream === null || place.upstream.link.pending.calls.size > 0
