import type { Disk } from './disk.ts'
import type { Boot, Segment } from './layout.ts'
import { atStart, type Cursor, nextPiece, type Piece } from './pieces.ts'

/** Tells control the records of one boot: each frame again and again until control says that it is counted for good. */
export type Lane = {
  readonly attached: (sendText: (text: string) => void) => void
  readonly detached: () => void
  readonly taken: (upTo: number) => void
  /** Something is there to be told, now. */
  readonly pump: () => void
  /** Records that were not told yet, and those that nobody has confirmed. */
  readonly waiting: () => { readonly untold: number; readonly unconfirmed: number }
  /** Removes files whose records are all counted. */
  readonly sweep: () => void
}

export type LaneDeps = {
  readonly disk: Disk
  readonly boot: Boot
  readonly isFormer: boolean
  /** `seq` of the last record that may be told. */
  readonly last: () => number
  /** Is the segment written to, or does it hold what is needed for longer? */
  readonly isHeld: (segment: Segment) => boolean
  /** Everything that is there is counted. Called again where it could have been lost. */
  readonly onAllTaken: () => void
  readonly setTimer: (ms: number, run: () => void) => () => void
  readonly log: { readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

const unconfirmedFrames = 4
/** Control that has not counted a frame by now has met trouble with it. */
export const againMs = 30_000

type State = {
  readonly deps: LaneDeps
  send: ((text: string) => void) | null
  /** Told, and not confirmed. */
  inFlight: Piece[]
  /** From where it is told again, and on. */
  base: Cursor
  next: Cursor
  taken: number
  told: number
  mostTold: number
  /** Grows when everything is told again. */
  turn: number
  isReading: boolean
  /** Something came while it read: what it looked at may have been the end of before. */
  isAskedAgain: boolean
  stopTimer: () => void
}

export function createLane(deps: LaneDeps): Lane {
  const taken = (deps.boot.segments[0]?.first ?? 1) - 1
  const state: State = {
    deps,
    send: null,
    inFlight: [],
    base: atStart,
    next: atStart,
    taken,
    told: taken,
    mostTold: taken,
    turn: 0,
    isReading: false,
    isAskedAgain: false,
    stopTimer: () => {},
  }
  return {
    attached: (sendText) => {
      state.send = sendText
      again(state)
    },
    detached: () => {
      state.send = null
      state.stopTimer()
    },
    taken: (upTo) => confirm(state, upTo),
    pump: () => void pump(state),
    waiting: () => ({ untold: deps.last() - state.told, unconfirmed: deps.last() - state.taken }),
    sweep: () => sweep(state),
  }
}

function again(state: State): void {
  state.turn += 1
  state.inFlight = []
  state.next = state.base
  state.told = state.taken
  arm(state)
  void pump(state)
}

function arm(state: State): void {
  state.stopTimer()
  state.stopTimer = state.send === null ? () => {} : state.deps.setTimer(againMs, () => again(state))
}

async function pump(state: State): Promise<void> {
  state.isAskedAgain = true
  if (state.isReading) return
  state.isReading = true
  while (state.isAskedAgain) {
    state.isAskedAgain = false
    try {
      while (state.send !== null && state.inFlight.length < unconfirmedFrames && (await tellNext(state)));
    } catch (error) {
      // What came meanwhile is looked at all the same: the file may be one that was swept while it was read.
      state.deps.log.warn({ error, boot: state.deps.boot.id }, 'spool: records could not be read, and are read again')
    }
  }
  state.isReading = false
}

/** False: there is nothing to tell now. */
async function tellNext(state: State): Promise<boolean> {
  const { deps, turn } = state
  const { disk, boot, isFormer } = deps
  const piece = await nextPiece(disk, boot, state.next, { after: state.told, isFormer })
  // Another connection meanwhile: from its beginning.
  if (turn !== state.turn || state.send === null) return state.send !== null
  if (piece === null) {
    if (state.inFlight.length === 0) deps.onAllTaken()
    return false
  }
  // What is missing in between is lost for good; control hears that nothing is left before it.
  if (state.inFlight.length > 0 && piece.first !== state.told + 1) return false
  state.inFlight.push(piece)
  state.next = piece.next
  state.told = piece.upTo
  state.mostTold = Math.max(state.mostTold, piece.upTo)
  const confirmed = (state.inFlight[0] ?? piece).first - 1
  state.send(
    `{"type":"records","boot":${JSON.stringify(boot.id)},"confirmed":${confirmed},"records":[${piece.records.join()}]}`,
  )
  arm(state)
  return true
}

function confirm(state: State, upTo: number): void {
  // Nobody has counted what was not sent.
  if (upTo <= state.taken || upTo > state.mostTold) return
  state.taken = upTo
  state.told = Math.max(state.told, upTo)
  for (const { next } of state.inFlight.filter((piece) => piece.upTo <= upTo)) state.base = next
  state.inFlight = state.inFlight.filter((piece) => piece.upTo > upTo)
  arm(state)
  sweep(state)
  void pump(state)
}

/** From the front only: what answers an open record must not go before it. */
function sweep({ deps, taken }: State): void {
  const { disk, boot, isHeld, log } = deps
  for (;;) {
    const [front] = boot.segments
    if (front === undefined || front.last > taken || front.durable < front.bytes || isHeld(front)) return
    boot.segments = boot.segments.slice(1)
    disk
      .remove(front.file)
      .catch((error: unknown) => log.warn({ error }, 'spool: a file whose records are counted cannot be removed'))
  }
}
