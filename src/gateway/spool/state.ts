import path from 'node:path'
import type { Result } from '../../problems.ts'
import { type Boot, bytesOf, formerBoots, type Segment } from './layout.ts'
import { createLines, type WriteLine } from './line.ts'
import type { OpenMark, SpoolDeps } from './spool.ts'
import { createTelling, type Telling } from './telling.ts'
import { createWriter, type Writer } from './writer.ts'

/** What was handed over and waits for the end of the turn. */
export type Handed =
  | {
      readonly kind: 'open'
      readonly members: string
      readonly isBudgeted: boolean
      readonly resolve: (result: Result<OpenMark>) => void
    }
  | {
      readonly kind: 'done'
      readonly members: string
      /** Of the open record that it answers; 0: none. */
      readonly place: number
      readonly isOwed: boolean
      readonly release: () => void
    }
  /** An open record whose file goes, and whose call goes on. */
  | { readonly kind: 'kept'; readonly place: number; readonly members: string }

/** An open record whose call runs; null: it is being written into another segment. */
type Running = { readonly members: string; segment: Segment | null }

export type State = {
  readonly deps: Required<SpoolDeps>
  readonly own: Boot
  formers: readonly Boot[]
  readonly writer: Writer
  readonly telling: Telling
  readonly membersOf: WriteLine
  readonly running: Map<number, Running>
  handed: Handed[]
  /** Will be flushed at the end of this turn. */
  isDue: boolean
  /** The last `seq` and place that were given and written. */
  last: number
  places: number
  dropped: number
  droppedBefore: number
  isFailing: boolean
  wasFull: boolean
  isClosed: boolean
  readonly isFull: () => boolean
  readonly sync: () => Promise<void>
  isSyncing: boolean
  stopSyncing: () => void
  isTrying: boolean
  stopTrying: () => void
}

/** The disk is tried again so often. */
export const againMs = 1000
export const syncMs = 100

/** `keeps`: are calls still open whose records stand in that segment? */
export function openState(deps: Required<SpoolDeps>, keeps: (state: State, segment: Segment) => boolean): State {
  const { disk, directory, boot } = deps
  const own: Boot = { id: boot, folder: path.join(directory, boot), segments: [] }
  const formers = before(deps)
  const writer = createWriter(disk, own, deps.segmentBytes)
  const state: State = {
    deps,
    own,
    formers,
    writer,
    telling: createTelling({
      ...deps,
      own,
      formers,
      last: () => own.segments.findLast(({ durable }) => durable > 0)?.last ?? 0,
      isHeld: (segment) => segment === writer.current() || keeps(state, segment),
      onGone: (gone) => {
        state.formers = state.formers.filter((each) => each !== gone)
      },
    }),
    membersOf: createLines(),
    running: new Map(),
    handed: [],
    isDue: false,
    last: 0,
    places: 0,
    dropped: 0,
    droppedBefore: 0,
    isFailing: false,
    wasFull: false,
    isClosed: false,
    isFull: () => state.isFailing || isOverCap(state),
    sync: async () => {
      await writer.sync().then(() => state.telling.wrote())
    },
    isSyncing: false,
    stopSyncing: () => {},
    isTrying: false,
    stopTrying: () => {},
  }
  return state
}

/** A disk that takes nothing must not keep a gateway from starting: it is looked for again at the next start. */
function before({ disk, directory, boot, log }: Required<SpoolDeps>): Boot[] {
  try {
    disk.makeFolder(directory)
    return formerBoots(disk, directory, boot)
  } catch (error) {
    log.error({ error }, 'spool: what earlier processes have left cannot be read')
    return []
  }
}

export function isOverCap({ own, formers, deps }: State): boolean {
  let bytes = bytesOf(own)
  for (const boot of formers) bytes += bytesOf(boot)
  return bytes >= deps.capBytes
}
