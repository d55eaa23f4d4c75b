import type { Link } from './link.ts'
import type { Profile } from './versions.ts'

/** A child that can be talked to, with what it said about itself. */
export type Upstream = {
  readonly link: Link
  /** Answer to `initialize` or `server/discover`. */
  readonly greeting: unknown
  readonly lastWords: () => string
  readonly stop: () => Promise<void>
}
export type Failure =
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'timeout'; readonly why: string }
  | { readonly kind: 'busy' }
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
  readonly profile: Profile
}

type Place = {
  wanted: Wanted
  readonly started: Promise<Started>
  upstream: Upstream | null
  readonly startedAt: number
  lastUsedAt: number
  readonly stop: () => Promise<void>
}
type PoolDeps = {
  readonly start: (wanted: Wanted, onGone: () => void) => { started: Promise<Started>; stop: () => Promise<void> }
  readonly now: () => number
  readonly children: number
  readonly idleMs: number
  readonly absoluteMs: number
  /** How long a start that failed is not tried again. */
  readonly retryAfterMs: number
  /** How long "does not speak that revision" is believed: a program may be updated in place. */
  readonly eraMs: number
}
export type Pool = {
  readonly acquire: (wanted: Wanted) => Promise<Started>
  readonly drop: (serverId: string) => void
  readonly sweep: () => void
  readonly stop: () => Promise<void>
  readonly size: () => number
}

/** One child per (server as configured, subject, profile); started when it is wanted, also after a crash. */
export const createPool = (deps: PoolDeps): Pool => {
  const places = new Set<Place>()
  const failed = new Map<string, { at: number; started: Started }>()
  const isOver = ({ at, started }: { at: number; started: Started }): boolean =>
    deps.now() - at >= (!started.ok && started.failure.kind === 'wrong-era' ? deps.eraMs : deps.retryAfterMs)
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
    const place: Place = { wanted, started, stop, upstream: null, startedAt: deps.now(), lastUsedAt: deps.now() }
    places.add(place)
    void started.then((answer) => {
      if (answer.ok) place.upstream = answer.upstream
      else {
        failed.set(name, { at: deps.now(), started: answer })
        if (places.has(place)) end(place)
      }
    })
    return started
  }
  const acquire = async (wanted: Wanted): Promise<Started> => {
    for (const place of places) {
      if (place.wanted.serverId === wanted.serverId && place.wanted.fingerprint !== wanted.fingerprint) end(place)
    }
    const place = findPlace(places, wanted)
    if (place) {
      if (wanted.subject !== null) place.wanted = wanted
      place.lastUsedAt = deps.now()
      return place.started
    }
    const before = failed.get(nameOf(wanted))
    if (before && !isOver(before)) return before.started
    failed.delete(nameOf(wanted))
    if (places.size + leaving.size >= deps.children && !makeRoom()) return { ok: false, failure: { kind: 'busy' } }
    return start(wanted)
  }
  /** At the cap, children unused for the idle time go even if sessions still name them: those must start again. */
  const makeRoom = (): boolean => {
    const idle = [...places].filter((place) => !inFlight(place) && deps.now() - place.lastUsedAt > deps.idleMs)
    const oldest = idle.toSorted((a, b) => a.lastUsedAt - b.lastUsedAt)[0]
    if (oldest) end(oldest)
    return oldest !== undefined
  }
  const sweep = () => {
    const now = deps.now()
    for (const [name, one] of failed) if (isOver(one)) failed.delete(name)
    for (const place of places) {
      if (inFlight(place)) place.lastUsedAt = now
      const parties = place.upstream?.link.pending.parties.size ?? 0
      const unused = parties === 0 && now - place.lastUsedAt > deps.idleMs
      const old = now - place.startedAt > deps.absoluteMs && !inFlight(place)
      const tooOld = now - place.startedAt > 2 * deps.absoluteMs
      if (unused || old || tooOld) end(place)
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
