import { ok, type Result, refuse } from '../../problems.ts'
import type { Segment } from './layout.ts'
import { doneLine, openLine } from './pieces.ts'
import type { OpenMark } from './spool.ts'
import { againMs, type Handed, isOverCap, type State, syncMs } from './state.ts'

/** Takes it to the end of this turn of the loop. */
export function hand(state: State, item: Handed): void {
  state.handed.push(item)
  if (state.isDue) return
  state.isDue = true
  state.deps.atTurnEnd(() => flush(state))
}

/**
 * Everything that was handed over in one write, and then whatever waited for it. A disk that takes nothing is asked again
 * now and then (`isTrial`), not by each call.
 */
export function flush(state: State, isTrial = false): void {
  state.isDue = false
  if (state.handed.length === 0) return
  const { handed } = state
  state.handed = []
  const isWaiting = state.isFailing && !isTrial
  // Over the cap there is room only for what nobody else knows of.
  const isOver = isWaiting || isOverCap(state)
  const { items = [], turned = [] } = isOver || state.isClosed ? parted(state, handed) : { items: handed }
  for (const item of turned) drop(state, item)
  if (isWaiting) for (const item of items) owe(state, item)
  else if (items.length > 0) write(state, items)
  tellFull(state)
  if (items.some(({ kind }) => kind === 'kept')) state.telling.sweep()
}

const parted = ({ isClosed }: State, handed: readonly Handed[]) =>
  Object.groupBy(handed, (item) => (!isClosed && isOwed(item) ? 'items' : 'turned'))

const isOwed = (item: Handed): boolean => item.kind === 'kept' || (item.kind === 'done' && item.isOwed)

function write(state: State, items: readonly Handed[]): void {
  const { writer } = state
  let [last, places, text] = [state.last, state.places, '']
  const ended = new Set<number>()
  const given = items.map((item) => {
    if (item.kind === 'open') {
      places += 1
      text += openLine(places, item.members)
      return places
    }
    if (item.kind === 'kept') {
      // Ended in this very turn, or before it: behind its end it would look open.
      if (state.running.has(item.place) && !ended.has(item.place)) text += openLine(item.place, item.members)
      return item.place
    }
    last += 1
    if (item.place > 0) ended.add(item.place)
    text += doneLine(last, item.place, item.members)
    return item.place
  })
  if (!writer.append(Buffer.from(text), last)) {
    failed(state, items)
    return
  }
  state.isFailing = false
  state.last = last
  state.places = places
  for (const [at, item] of items.entries()) noteRunning(state, item, given[at] ?? 0)
  for (const [at, item] of items.entries()) goOn(state, item, given[at] ?? 0)
  syncSoon(state)
}

function noteRunning({ running, writer }: State, item: Handed, place: number): void {
  if (item.kind === 'done') running.delete(item.place)
  else if (item.kind === 'open') running.set(place, { members: item.members, segment: writer.current() })
  else {
    const call = running.get(place)
    if (call !== undefined) call.segment = writer.current()
  }
}

/** Whoever waits for one record must not keep the others from theirs. */
function goOn(state: State, item: Handed, place: number): void {
  try {
    if (item.kind === 'open') item.resolve(ok({ place }))
    else if (item.kind === 'done') item.release()
  } catch (error) {
    state.deps.log.error({ error }, 'spool: a call could not go on after it was written down')
  }
}

/** Nothing of it stands in the file. */
function failed(state: State, items: readonly Handed[]): void {
  state.isFailing = true
  for (const item of items)
    if (isOwed(item)) owe(state, item)
    else drop(state, item)
  tryAgain(state)
}

/** Kept until there is room; it is little, since nothing of the kind is admitted meanwhile. Nobody waits for it. */
function owe(state: State, item: Handed): void {
  if (item.kind === 'done') {
    goOn(state, item, 0)
    state.handed.push({ ...item, release: nothing })
  } else state.handed.push(item)
}
const nothing = (): void => {}

function drop(state: State, item: Handed): void {
  if (item.kind === 'open') item.resolve(item.isBudgeted ? full : unopened)
  else if (item.kind === 'done') {
    state.dropped += 1
    state.running.delete(item.place)
    goOn(state, item, 0)
  }
}
const full: Result<OpenMark> = refuse('spool_full', { retryAfterSeconds: 5 })
const unopened: Result<OpenMark> = ok({ place: 0 })

/** Calls try it, too; without any there would be nobody to see that there is room again. */
function tryAgain(state: State): void {
  if (state.isClosed || state.isTrying) return
  state.isTrying = true
  state.stopTrying = state.deps.setTimer(againMs, () => {
    state.isTrying = false
    if (!state.isFailing) return
    if (state.handed.length > 0) flush(state, true)
    else if (state.writer.probe()) state.isFailing = false
    tellFull(state)
    if (state.isFailing) tryAgain(state)
  })
}

function tellFull(state: State): void {
  const isFull = state.isFull()
  if (isFull === state.wasFull) return
  state.wasFull = isFull
  const { log } = state.deps
  const dropped = state.dropped - state.droppedBefore
  if (isFull) {
    state.droppedBefore = state.dropped
    const error = state.isFailing ? state.writer.error() : undefined
    log.error({ error }, 'the spool is full: budgeted calls are refused, others are not written down')
  } else log.warn({ dropped }, 'the spool takes calls again')
}

function syncSoon(state: State): void {
  if (state.isSyncing || state.isClosed) return
  state.isSyncing = true
  state.stopSyncing = state.deps.setTimer(syncMs, () => {
    state.sync().then(
      () => synced(state),
      (error: unknown) => {
        state.deps.log.error({ error }, 'spool: what was written may not outlast a power cut')
        state.isFailing = true
        tryAgain(state)
        synced(state)
      },
    )
  })
}

function synced(state: State): void {
  state.isSyncing = false
  if (state.writer.isDirty()) syncSoon(state)
  tellFull(state)
}

/** Calls are open in it: they are written once more, into the segment of now, and then it may go. */
export function keepsRunning(state: State, segment: Segment): boolean {
  let isHeld = false
  for (const [place, call] of state.running) {
    if (call.segment !== segment && call.segment !== null) continue
    isHeld = true
    if (call.segment === null) continue
    call.segment = null
    hand(state, { kind: 'kept', place, members: call.members })
  }
  return isHeld
}
