import type { FleetRecord, FromControl, Position } from './schema.ts'

/**
 * The gateway's place in the change log. Records are handed on only in order: the whole of a snapshot at its last part, a
 * range only to who stands at its beginning. Everything else is answered with 'resync', and nothing counts until then.
 */
export type Applier = {
  readonly snapshot: (frame: Extract<FromControl, { type: 'snapshot' }>) => Outcome
  readonly changes: (frame: Extract<FromControl, { type: 'changes' }>) => Outcome
  /** On a new connection a snapshot that was cut off is worth nothing. */
  readonly restart: () => void
  readonly position: () => Position | null
  /** Era of the snapshot that all this stands on. */
  readonly era: () => number | undefined
  /** False while what this gateway has is known not to follow what control sends. */
  readonly isInStep: () => boolean
}
export type Outcome = 'applied' | 'waiting' | 'resync'

type Deps = {
  readonly apply: (records: readonly FleetRecord[]) => void
  readonly replaceAll: (records: readonly FleetRecord[]) => void
}

export function createApplier(deps: Deps): Applier {
  let position: Position | null = null
  let parts: FleetRecord[][] | null = null
  let isLost = false
  let era: number | undefined

  const lose = (): Outcome => {
    parts = null
    // Asked once: until the snapshot begins, every range that is still on its way would ask again.
    if (isLost) return 'waiting'
    isLost = true
    return 'resync'
  }
  return {
    snapshot: (frame) => {
      if (frame.part === 0) parts = []
      if (!parts || parts.length !== frame.part) return lose()
      parts.push(frame.records)
      if (!frame.last) return 'waiting'
      deps.replaceAll(parts.flat())
      position = frame.position
      era = frame.era
      parts = null
      isLost = false
      return 'applied'
    },
    changes: (frame) => {
      const follows = position !== null && frame.log === position.log && frame.after === position.number
      if (!follows || parts || isLost || !position) return lose()
      deps.apply(frame.records)
      position = { log: position.log, number: frame.upTo }
      return 'applied'
    },
    restart: () => {
      parts = null
      isLost = false
    },
    position: () => position,
    era: () => era,
    isInStep: () => position !== null && parts === null && !isLost,
  }
}
