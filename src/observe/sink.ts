import { writeSync } from 'node:fs'

/** Lines that are kept while nobody reads stdout; beyond, they are dropped and counted instead of eating the memory. */
const maxPendingBytes = 8 * 1024 * 1024

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
  let pending: Buffer[] = []
  let size = 0
  let dropped = 0
  let state: 'idle' | 'scheduled' | 'closed' = 'idle'

  const flush = (): void => {
    if (state === 'closed') return
    state = 'idle'
    if (size === 0) return
    const all = Buffer.concat(pending, size)
    let done = 0
    try {
      while (done < all.length) done += writeAll(fd, all.subarray(done))
      pending = []
      size = 0
    } catch (error) {
      pending = [all.subarray(done)]
      size = all.length - done
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
      const bytes = Buffer.from(line)
      if (size + bytes.length > maxPendingBytes) {
        dropped += 1
        return
      }
      if (dropped > 0) {
        const note = Buffer.from(
          `{"level":"warn","message":"log lines dropped, stdout is not read","dropped":${dropped}}\n`,
        )
        dropped = 0
        pending.push(note)
        size += note.length
      }
      pending.push(bytes)
      size += bytes.length
      if (state === 'idle') schedule(later)
    },
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code
