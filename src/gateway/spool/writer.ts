import type { Disk } from './disk.ts'
import { type Boot, type Segment, segmentFile } from './layout.ts'

/** Writes at the end of a boot's last segment, and begins the next one where it is full. */
export type Writer = {
  /** True: all of it stands in the file. False: nothing of it does, `error` says why. */
  readonly append: (bytes: Uint8Array, last: number) => boolean
  /** Would something be taken now? */
  readonly probe: () => boolean
  readonly error: () => unknown
  readonly isDirty: () => boolean
  /** What was written outlasts a power cut; fails as the disk does. */
  readonly sync: () => Promise<void>
  readonly current: () => Segment | null
  readonly close: () => Promise<void>
}

type Open = { readonly fd: number; readonly segment: Segment; isDirty: boolean }
type State = {
  readonly disk: Disk
  readonly boot: Boot
  readonly segmentBytes: number
  current: Open | null
  /** Those that are full, until they are safe. */
  full: Open[]
  /** Of the last segment. */
  number: number
  last: number
  isNewFile: boolean
  error: unknown
}

export function createWriter(disk: Disk, boot: Boot, segmentBytes: number): Writer {
  const state: State = {
    disk,
    boot,
    segmentBytes,
    current: null,
    full: [],
    number: 0,
    last: 0,
    isNewFile: false,
    error: null,
  }
  let syncing: Promise<unknown> = Promise.resolve()
  const sync = (): Promise<void> => {
    const one = () => syncAll(state)
    const done = syncing.then(one, one)
    syncing = done
    return done
  }
  return {
    append: (bytes, last) =>
      attempt(state, () => {
        const open = room(state)
        writeAll(state, open, bytes)
        open.segment.bytes += bytes.length
        open.segment.last = last
        open.isDirty = true
        state.last = last
      }),
    probe: () =>
      attempt(state, () => {
        const open = room(state)
        writeAll(state, open, blank)
        disk.truncate(open.fd, open.segment.bytes)
      }),
    error: () => state.error,
    isDirty: () => state.full.length > 0 || (state.current?.isDirty ?? false),
    sync,
    current: () => state.current?.segment ?? null,
    close: async () => {
      try {
        await sync()
      } finally {
        for (const { fd } of openOnes(state)) disk.close(fd)
        state.full = []
        state.current = null
      }
    },
  }
}

const openOnes = ({ full, current }: State): Open[] => (current === null ? full : [...full, current])

const room = (state: State): Open =>
  state.current === null || state.current.segment.bytes >= state.segmentBytes ? begin(state) : state.current

function begin(state: State): Open {
  const { disk, boot, last } = state
  retire(state)
  disk.makeFolder(boot.folder)
  state.number += 1
  const file = segmentFile(boot.folder, state.number, last + 1)
  const fd = disk.create(file)
  const segment: Segment = { file, number: state.number, first: last + 1, last, bytes: 0, durable: 0 }
  boot.segments.push(segment)
  state.isNewFile = true
  state.current = { fd, segment, isDirty: false }
  return state.current
}

function retire(state: State): void {
  if (state.current !== null) state.full.push(state.current)
  state.current = null
}

function attempt(state: State, work: () => void): boolean {
  try {
    work()
    state.error = null
    return true
  } catch (error) {
    state.error = error
    const { current } = state
    if (current === null) return false
    cutOff(state.disk, current)
    // Full is full everywhere; any other trouble may be of that one file.
    if (isFullDisk(error)) return false
    if (current.segment.bytes > 0) retire(state)
    else giveUp(state, current)
    return false
  }
}

/** Nothing has ever stood in it. */
function giveUp(state: State, { fd, segment }: Open): void {
  state.current = null
  state.boot.segments = state.boot.segments.filter((each) => each !== segment)
  state.disk.close(fd)
  state.disk.remove(segment.file).catch(() => {})
}

/** Of lines that mean nothing, should they stay behind. */
const blank = Buffer.alloc(64 * 1024, '\n')

function writeAll({ disk }: State, { fd, segment }: Open, bytes: Uint8Array): void {
  let from = 0
  while (from < bytes.length) {
    const written = disk.write(fd, bytes, from, segment.bytes + from)
    if (written === 0) throw Object.assign(new Error('nothing more was written'), { code: 'ENOSPC' })
    from += written
  }
}

/** Where even that fails, the next line is written over the rest: every write says its place. */
function cutOff(disk: Disk, { fd, segment }: Open): void {
  try {
    disk.truncate(fd, segment.bytes)
  } catch {}
}

const isFullDisk = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')

async function syncAll(state: State): Promise<void> {
  const { disk, boot } = state
  // One that is begun meanwhile is not in the folder for good before the next time.
  const opens = openOnes(state)
  if (state.isNewFile) {
    state.isNewFile = false
    try {
      await disk.syncFolder(boot.folder)
    } catch (error) {
      state.isNewFile = true
      throw error
    }
  }
  for (const open of opens) {
    // Read together, and only now: what is written while something is waited for must not pass for safe, nor be forgotten.
    const { bytes } = open.segment
    const isWritten = open.isDirty
    open.isDirty = false
    try {
      if (isWritten) await disk.sync(open.fd)
    } catch (error) {
      open.isDirty = true
      throw error
    }
    open.segment.durable = bytes
    // Still written to, or given up meanwhile and closed by that.
    if (!state.full.includes(open)) continue
    // It may have been written to until just now, before another one was begun.
    if (open.isDirty || bytes < open.segment.bytes) continue
    state.full = state.full.filter((other) => other !== open)
    disk.close(open.fd)
  }
}
