import { parseFromGateway } from '../src/fleet/frames.ts'
import type { CallRecord } from '../src/fleet/records/schema.ts'
import type { FromGateway } from '../src/fleet/schema.ts'
import type { Disk } from '../src/gateway/spool/disk.ts'
import { openSpool, type Spool, type SpoolDeps, type Unplaced } from '../src/gateway/spool/spool.ts'
import { createClock } from './feed-rig.ts'
import { silent } from './stores.ts'

/** A spool, the disk below it, and control behind it, all of them as unreliable as a test wants. */

export const call = (id: string, more: Partial<Unplaced> = {}): Unplaced => ({
  id,
  at: 1_700_000_000_000,
  kind: 'llm',
  organization: 'org_000000000000000a',
  key: 'key_0000000000000001',
  keyName: 'test key',
  version: 1,
  child: null,
  ownerType: 'member',
  owner: 'mem_a',
  metadata: '{}',
  client: 'ci/1',
  address: '198.51.100.7',
  project: null,
  server: null,
  tool: null,
  provider: 'prv_1',
  model: 'small',
  method: '/v1/chat/completions',
  admitted: true,
  status: 200,
  code: null,
  rule: null,
  tokens: { input: 10, output: 20, cached: 0, cacheWrite: 0, reasoning: 0 },
  estimated: false,
  cost: 5,
  price: null,
  charges: [],
  latencyMs: 12.5,
  firstByteMs: null,
  ...more,
})
const charges = [{ budget: 'bud_1', window: 'total', nano: 900 }]
/** As it is opened: what it costs if nobody ever says. */
export const reserved = (id: string): Unplaced => call(id, { status: 0, estimated: true, charges })

export const errorOf = (code: string): Error => Object.assign(new Error(code), { code })

/** Files in memory. What a process wrote outlives it, as on a disk; power cuts are not played. */
export function createMemoryDisk() {
  const files = new Map<string, Buffer>()
  const folders = new Set<string>()
  const state = {
    writes: 0,
    syncs: 0,
    /** So many bytes fit. */
    room: Number.POSITIVE_INFINITY,
    failing: null as string | null,
    /** So many steps until the process is killed; then nothing of it does anything any more. */
    stepsLeft: Number.POSITIVE_INFINITY,
    /** Of the write that it is killed in, so much is done. */
    share: 0,
    life: 0,
  }
  const size = () => [...files.values()].reduce((sum, { length }) => sum + length, 0)
  const ofLife = (life: number): Disk => {
    const open = new Map<number, string>()
    const step = (): boolean => {
      if (life !== state.life) throw errorOf('KILLED')
      state.stepsLeft -= 1
      if (state.stepsLeft > 0) return true
      state.life += 1
      return false
    }
    const alive = (): void => {
      if (!step()) throw errorOf('KILLED')
    }
    const fails = (): void => {
      if (state.failing !== null) throw errorOf(state.failing)
    }
    const write = (file: string, bytes: Uint8Array, at: number): number => {
      const held = files.get(file) ?? Buffer.alloc(0)
      const fits = Math.min(bytes.length, Math.max(0, state.room - size()))
      if (fits === 0 && bytes.length > 0) throw errorOf('ENOSPC')
      const grown = Buffer.alloc(Math.max(held.length, at + fits))
      held.copy(grown)
      grown.set(bytes.subarray(0, fits), at)
      files.set(file, grown)
      return fits
    }
    return {
      makeFolder: (folder) => {
        alive()
        for (let at = folder; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) folders.add(at)
      },
      namesIn: (folder) => {
        if (!folders.has(folder)) throw errorOf(files.has(folder) ? 'ENOTDIR' : 'ENOENT')
        const names = [...folders, ...files.keys()]
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1).split('/')[0] ?? '')
        return [...new Set(names)].toSorted()
      },
      sizeOf: (file) => files.get(file)?.length ?? 0,
      create: (file) => {
        alive()
        fails()
        if (files.has(file)) throw errorOf('EEXIST')
        files.set(file, Buffer.alloc(0))
        open.set(open.size + 1, file)
        return open.size
      },
      write: (fd, bytes, from, at) => {
        fails()
        const part = bytes.subarray(from)
        if (!step()) {
          write(open.get(fd) ?? '', part.subarray(0, Math.floor(part.length * state.share)), at)
          throw errorOf('KILLED')
        }
        state.writes += 1
        return write(open.get(fd) ?? '', part, at)
      },
      truncate: (fd, length) => {
        alive()
        const file = open.get(fd) ?? ''
        files.set(file, Buffer.from(files.get(file)?.subarray(0, length) ?? []))
      },
      sync: async () => {
        alive()
        fails()
        state.syncs += 1
      },
      close: () => {},
      read: async (file, at, length) => {
        const held = files.get(file)
        if (held === undefined) throw errorOf('ENOENT')
        return Buffer.from(held.subarray(at, at + length))
      },
      put: async (file, bytes) => {
        const isWhole = step()
        const written = isWhole ? bytes : bytes.subarray(0, Math.floor(bytes.length * state.share))
        files.set(`${file}.tmp`, Buffer.from(written))
        if (!isWhole) throw errorOf('KILLED')
        alive()
        files.delete(`${file}.tmp`)
        files.set(file, Buffer.from(bytes))
      },
      syncFolder: async () => alive(),
      remove: async (file) => {
        alive()
        files.delete(file)
      },
      removeFolder: (folder) => {
        alive()
        folders.delete(folder)
      },
    }
  }
  return { files, folders, state, size, disk: () => ofLife(state.life) }
}
export type MemoryDisk = ReturnType<typeof createMemoryDisk>

/** Counts as control does: by a mark for each boot, in order, each record once. */
export function createCounting() {
  const marks = new Map<string, number>()
  const counted: (CallRecord & { readonly boot: string })[] = []
  const closed: string[] = []
  const refused: string[] = []
  const take = (frame: Extract<FromGateway, { type: 'records' }>): number | null => {
    const { boot, confirmed, records } = frame
    const [first, last] = [records[0]?.seq ?? 0, records.at(-1)?.seq ?? 0]
    const mark = marks.get(boot) ?? 0
    if (first > Math.max(mark, confirmed) + 1) return null
    for (const record of records) {
      if (record.seq <= mark) continue
      if (closed.includes(boot)) refused.push(`${record.id} after ${boot} was closed`)
      counted.push({ ...record, boot })
    }
    marks.set(boot, Math.max(mark, last))
    return last
  }
  return { marks, counted, closed, refused, take, ids: () => counted.map(({ id }) => id).toSorted() }
}
export type Counting = ReturnType<typeof createCounting>

type Frame = Extract<FromGateway, { type: 'records' | 'boot-closed' }>

/** A connection: what it delivers, and which answers come back, is the test's to say. */
export function connect(spool: Spool, counting: Counting, answers: (frame: Frame) => boolean = () => true) {
  const frames: Frame[] = []
  const receive = (text: string): void => {
    const parsed = parseFromGateway(text)
    if (parsed.kind !== 'frame') throw new Error(`control would hang up: ${JSON.stringify(parsed)}`)
    const { frame } = parsed
    if (frame.type !== 'records' && frame.type !== 'boot-closed') return
    frames.push(frame)
    if (frame.type === 'boot-closed') {
      if (!counting.closed.includes(frame.boot)) counting.closed.push(frame.boot)
      if (answers(frame)) setImmediate(() => spool.source.ended(frame.boot))
      return
    }
    const upTo = counting.take(frame)
    if (upTo !== null && answers(frame)) setImmediate(() => spool.source.taken(frame.boot, upTo))
  }
  spool.source.attached((frame) => receive(JSON.stringify(frame)), receive)
  return frames
}

export async function openRig(more: Partial<SpoolDeps> = {}) {
  const clock = createClock()
  const alarms: string[] = []
  const note = (_fields: object, message: string): void => void alarms.push(message)
  const spool = await openSpool({
    directory: '/data/spool/gwy_1',
    boot: 'boot_1',
    now: clock.now,
    setTimer: clock.setTimer,
    log: { ...silent, warn: note, error: note },
    ...more,
  })
  return { spool, clock, alarms }
}

/** Turns of the loop, and what waits for a promise in them. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => void setImmediate(resolve))
}
