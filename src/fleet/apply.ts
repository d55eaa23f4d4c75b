import type { ChangesFrame, SnapshotFrame } from './record-frames.ts'
import type { FleetRecord, Position } from './schema.ts'

/**
 * The gateway's place in the change log. Records are handed on only in order: parts of a snapshot as they come, which count
 * from the last one on, a range only to who stands at its beginning. Everything else is answered with 'resync', and
 * nothing counts until then.
 */
export type Applier = {
  readonly snapshot: (frame: SnapshotFrame) => Outcome
  readonly changes: (frame: ChangesFrame) => Outcome
  /** On a new connection a snapshot that was cut off is worth nothing. */
  readonly restart: () => void
  readonly position: () => Position | null
  /** Era of the snapshot that all this stands on. */
  readonly era: () => number | undefined
  /** False while what this gateway has is known not to follow what control sends. */
  readonly isInStep: () => boolean
}
export type Outcome = 'applied' | 'waiting' | 'resync'

/** A whole new state on its way. What is there goes on unchanged until `commit`; without it, nothing has happened. */
export type Replacement = {
  readonly add: (records: readonly FleetRecord[]) => void
  readonly commit: () => void
}

type Deps = {
  readonly apply: (records: readonly FleetRecord[]) => void
  readonly replaceAll: () => Replacement
}
/** `parts`: how many of it are in. */
type Coming = { readonly replacement: Replacement; parts: number }

export function createApplier(deps: Deps): Applier {
  let position: Position | null = null
  let coming: Coming | null = null
  let isLost = false
  let era: number | undefined

  const lose = (): Outcome => {
    coming = null
    // Asked once: until the snapshot begins, every range that is still on its way would ask again.
    if (isLost) return 'waiting'
    isLost = true
    return 'resync'
  }
  return {
    snapshot: (frame) => {
      if (frame.part === 0) coming = { replacement: deps.replaceAll(), parts: 0 }
      if (!coming || coming.parts !== frame.part) return lose()
      coming.replacement.add(frame.records)
      coming.parts += 1
      if (!frame.last) return 'waiting'
      coming.replacement.commit()
      position = frame.position
      era = frame.era
      coming = null
      isLost = false
      return 'applied'
    },
    changes: (frame) => {
      const follows = position !== null && frame.log === position.log && frame.after === position.number
      if (!follows || coming || isLost || !position) return lose()
      deps.apply(frame.records)
      position = { log: position.log, number: frame.upTo }
      return 'applied'
    },
    restart: () => {
      coming = null
      isLost = false
    },
    position: () => position,
    era: () => era,
    isInStep: () => position !== null && coming === null && !isLost,
  }
}
