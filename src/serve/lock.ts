import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { isAlive, type ProcessIdentity, startOf } from './process-identity.ts'

const Identity = z.object({ pid: z.int().positive(), startedAt: z.string().min(1) })
const LockFile = Identity.extend({ children: z.array(Identity) })
type LockFile = z.infer<typeof LockFile>

export type Lock = {
  /** Names the children, so that whoever takes over after a `kill -9` can wait until they are gone too. */
  readonly record: (childPids: readonly number[]) => void
  readonly release: () => void
  /** Children of the dead holder that were still alive at takeover. */
  readonly leftovers: () => ProcessIdentity[]
}

export type Locked =
  | { readonly ok: true; readonly lock: Lock }
  | { readonly ok: false; readonly reason: 'in-use'; readonly pid: number }
  | { readonly ok: false; readonly reason: 'not-writable'; readonly code: string }

/**
 * One instance per data directory. The file is made under another name and linked into place, so it is never seen half
 * written, and of two starters only one succeeds. A lock whose holder is gone is taken over.
 */
export function takeLock(file: string, pid: number): Locked {
  const self = { pid, startedAt: startOf(pid) ?? 'unknown' }
  const draft = `${file}.${pid}`
  const write = (children: readonly ProcessIdentity[]): void =>
    writeFileSync(draft, `${JSON.stringify({ ...self, children })}\n`, { mode: 0o600 })
  let left: readonly ProcessIdentity[] = []
  try {
    write([])
    for (let attempt = 0; !link(draft, file); attempt++) {
      const holder = readLock(file)
      const other = holder ?? { pid: 0, startedAt: '', children: [] }
      if ((holder !== null && isAlive(holder)) || attempt > 5) return { ok: false, reason: 'in-use', pid: other.pid }
      left = other.children
      moveAside(file, holder, pid)
    }
  } catch (error) {
    return { ok: false, reason: 'not-writable', code: codeOf(error) }
  } finally {
    rmSync(draft, { force: true })
  }
  return { ok: true, lock: heldLock(file, draft, self, left, write) }
}

function heldLock(
  file: string,
  draft: string,
  self: ProcessIdentity,
  left: readonly ProcessIdentity[],
  write: (children: readonly ProcessIdentity[]) => void,
): Lock {
  let released = false
  return {
    leftovers: () => left.filter(isAlive),
    record: (pids) => {
      if (released) return
      write(pids.flatMap((pid) => ({ pid, startedAt: startOf(pid) ?? '' })).filter(({ startedAt }) => startedAt !== ''))
      renameSync(draft, file)
    },
    release: () => {
      released = true
      const holder = readLock(file)
      if (holder?.pid === self.pid && holder.startedAt === self.startedAt) rmSync(file, { force: true })
    },
  }
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** Two starters may find the same stale lock; the slower one must not throw away what the faster one put in its place. */
function moveAside(file: string, judged: LockFile | null, pid: number): void {
  const aside = `${file}.stale.${pid}`
  try {
    renameSync(file, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const moved = readLock(aside)
  if (moved !== null && JSON.stringify(moved) !== JSON.stringify(judged)) link(aside, file)
  rmSync(aside, { force: true })
}

function readLock(file: string): LockFile | null {
  try {
    const parsed = LockFile.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)
