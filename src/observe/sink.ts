import { writeSync } from 'node:fs'

/** Characters that are kept while nobody reads stdout; beyond, lines are dropped and counted instead of eating the memory. */
const maxPending = 8 * 1024 * 1024

type Deps = {
  readonly fd: number
  /** Runs once the current turn is over; many lines of one turn become one system call. */
  readonly later: (run: () => void) => void
  /** Runs a little later, when the reader of a full pipe has had a chance. */
  readonly retry: (run: () => void) => void
  readonly writeAll?: (fd: number, text: Buffer) => number
}

export type Sink = {
  readonly write: (line: string) => void
  /** Writes what is pending now, for the last lines of a process. */
  readonly flush: () => void
}

/** Where log lines leave the process: never waits for a slow reader, never throws because nobody listens any more. */
export function createSink({ fd, later, retry, writeAll = writeSync }: Deps): Sink {
  /** What a full pipe did not take; it goes first. */
  let rest: Buffer = nothing
  let lines = ''
  let dropped = 0
  let state: 'idle' | 'scheduled' | 'closed' = 'idle'

  const flush = (): void => {
    if (state === 'closed') return
    state = 'idle'
    if (rest.length === 0 && lines === '') return
    const bytes = Buffer.from(lines)
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    lines = ''
    let done = 0
    try {
      while (done < all.length) done += writeAll(fd, all.subarray(done))
      rest = nothing
    } catch (error) {
      rest = all.subarray(done)
      if (isCode(error, 'EAGAIN')) schedule(retry)
      else state = 'closed'
    }
  }
  const schedule = (when: (run: () => void) => void): void => {
    state = 'scheduled'
    when(flush)
  }

  return {
    flush,
    write: (line) => {
      if (state === 'closed') return
      // Counted in characters: one pass over all lines of a turn turns them into bytes, not one per line.
      if (rest.length + lines.length + line.length > maxPending) {
        dropped += 1
        return
      }
      if (dropped > 0) {
        lines += `{"level":"warn","message":"log lines dropped, stdout is not read","dropped":${dropped}}\n`
        dropped = 0
      }
      lines += line
      if (state === 'idle') schedule(later)
    },
  }
}

const nothing = Buffer.alloc(0)

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
