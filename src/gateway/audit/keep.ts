import { mkdir, open, rm, truncate } from 'node:fs/promises'
import path from 'node:path'
import { dayOf, fileName, isOrganization, rootOf, seqOf } from '../../audit/local/layout.ts'
import { endOf, filesOf, foldersIn } from '../../audit/local/read.ts'
import type { AuditKeeping } from '../../fleet/attach.ts'
import type { AuditFrame } from '../../fleet/audit/schema.ts'
import type { FromGateway } from '../../fleet/schema.ts'
import { createOldest, type Oldest } from './oldest.ts'

export type AuditLogDeps = {
  readonly dataDir: string
  /** Folder of this gateway: several may share a data directory. */
  readonly gateway: string
  readonly now: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
  readonly log: { readonly error: (fields: object, message: string) => void }
  readonly limits?: Partial<typeof defaultLimits>
}
export type AuditLog = AuditKeeping & {
  /** Everything that was taken is on the disk, or cannot be brought there. */
  readonly settled: () => Promise<void>
}

export const defaultLimits = {
  days: 30,
  bytes: 100_000_000,
  /** What waits for the disk; the rest waits at control. */
  waitingBytes: 16_000_000,
}
const retryMs = 5000
/** So many files at least share the space, so that little is lost when the oldest goes. */
const leastFiles = 8

type Waiting = { readonly organization: string; readonly day: string; readonly text: string }
type State = {
  readonly deps: AuditLogDeps
  readonly limits: typeof defaultLimits
  readonly folder: string
  readonly oldest: Oldest
  readonly held: Map<string, number>
  /** Where the next line of an organization's day goes. */
  readonly parts: Map<string, { part: number; size: number }>
  waiting: Waiting[]
  waitingBytes: number
  /** Nothing is taken until the disk has caught up. */
  isFull: boolean
  hasAsked: boolean
  send: (frame: FromGateway) => void
  failures: number
  writing: Promise<void> | null
}

/** The gateway's own log of what happened to the keys that may use it. Written beside the calls, which wait for nothing. */
export async function openAuditLog(deps: AuditLogDeps): Promise<AuditLog> {
  const limits = { ...defaultLimits, ...deps.limits }
  const root = rootOf(deps.dataDir)
  const folder = path.join(root, deps.gateway)
  const oldest = createOldest({
    root,
    gateway: deps.gateway,
    now: deps.now,
    limits,
    remove: (file) => rm(file, { force: true }),
  })
  const state: State = {
    deps,
    limits,
    folder,
    oldest,
    held: new Map(),
    parts: new Map(),
    waiting: [],
    waitingBytes: 0,
    isFull: false,
    hasAsked: false,
    send: () => {},
    failures: 0,
    writing: null,
  }
  await reopen(state, root).catch((error) => failed(state, error))
  return {
    held: () => {
      state.hasAsked = false
      return Object.fromEntries(state.held)
    },
    attached: (send) => {
      state.send = send
    },
    take: (frame) => {
      if (isOrganization(frame.organization)) take(state, frame)
    },
    settled: async () => {
      await state.writing
    },
  }
}

function take(state: State, { organization, after, upTo, events, checkpoints }: AuditFrame): void {
  // Something in between is not here: what came behind a hole would hide it.
  if (state.isFull || after > (state.held.get(organization) ?? 0)) {
    ask(state)
    return
  }
  state.hasAsked = false
  const now = state.deps.now()
  for (const event of events) {
    if (!accept(state, organization, dayOf(event.at, now), event)) return
    state.held.set(organization, event.seq)
  }
  for (const checkpoint of checkpoints) accept(state, organization, dayOf('', now), { checkpoint })
  state.held.set(organization, upTo)
  write(state)
}

/** From where what is here ends; once, since until the answer comes every frame would ask again. */
function ask(state: State): void {
  if (state.isFull || state.hasAsked) return
  state.hasAsked = true
  state.send({ type: 'audit-from', after: Object.fromEntries(state.held) })
}

/** Reads back how far it had come, and cuts off what a crash has torn. */
async function reopen({ deps, held, parts, oldest }: State, root: string): Promise<void> {
  for (const organization of await foldersIn(path.join(root, deps.gateway)))
    for (const file of await filesOf(root, deps.gateway, organization)) {
      const { last, size, wholeSize } = await endOf(file.path)
      if (wholeSize < size) await truncate(file.path, wholeSize)
      if (last) held.set(organization, Math.max(held.get(organization) ?? 0, seqOf(last)))
      // In the order of their parts: the last one counts.
      parts.set(slotOf(organization, file.day), { part: file.part, size: wholeSize })
    }
  await oldest.sweep()
}

const slotOf = (organization: string, day: string): string => `${organization} ${day}`

/** False: too much waits for the disk. What is dropped is asked for again, once the disk takes something. */
function accept(state: State, organization: string, day: string, line: object): boolean {
  const text = `${JSON.stringify(line)}\n`
  if (state.waiting.length > 0 && state.waitingBytes + text.length > state.limits.waitingBytes) {
    state.isFull = true
    write(state)
    return false
  }
  state.waiting.push({ organization, day, text })
  state.waitingBytes += text.length
  return true
}

/** One at a time; what comes meanwhile is in the next round. */
function write(state: State): void {
  if (state.writing !== null || state.waiting.length === 0) return
  state.writing = writeAll(state)
    .then(
      () => {
        state.failures = 0
        const wasFull = state.isFull
        state.isFull = false
        if (wasFull) ask(state)
      },
      (error) => {
        failed(state, error)
        state.deps.setTimer(retryMs, () => write(state))
      },
    )
    .finally(() => {
      state.writing = null
      if (state.failures === 0) write(state)
    })
}

function failed(state: State, error: unknown): void {
  const { failures, waiting, deps } = state
  state.failures += 1
  // The first time, and then now and again.
  if (failures % 60 === 0)
    deps.log.error(
      { error, failures: failures + 1, waiting: waiting.length },
      'the audit log of this gateway cannot be written',
    )
}

async function writeAll(state: State): Promise<void> {
  while (state.waiting.length > 0) {
    const [first] = state.waiting
    if (!first) return
    const { organization, day } = first
    // In the order of the chain, so that a crash leaves its beginning and no hole.
    const end = state.waiting.findIndex((line) => line.organization !== organization || line.day !== day)
    const lines = state.waiting.slice(0, end === -1 ? undefined : end)
    const text = lines.map((line) => line.text).join('')
    await append(state, organization, day, text)
    state.waiting = state.waiting.slice(lines.length)
    state.waitingBytes -= lines.reduce((sum, line) => sum + line.text.length, 0)
  }
}

async function append(state: State, organization: string, day: string, text: string): Promise<void> {
  const { folder, parts, limits, oldest } = state
  const place = placeOf(parts, slotOf(organization, day), limits.bytes / leastFiles)
  const directory = path.join(folder, organization)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const file = path.join(directory, fileName(day, place.part))
  const handle = await open(file, 'a', 0o600)
  try {
    const { size } = await handle.stat()
    await handle.appendFile(text).catch(async (error) => {
      // Half of it may be there: the next try begins where this one did.
      await handle.truncate(size).catch(() => {})
      throw error
    })
    await handle.datasync()
  } finally {
    await handle.close()
  }
  place.size += Buffer.byteLength(text)
  await oldest.grown(Buffer.byteLength(text))
}

function placeOf(parts: State['parts'], slot: string, most: number): { part: number; size: number } {
  const known = parts.get(slot) ?? { part: 1, size: 0 }
  const place = known.size < most ? known : { part: known.part + 1, size: 0 }
  parts.set(slot, place)
  return place
}
