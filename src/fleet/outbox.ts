import { chunks } from './frames.ts'
import type { FromGateway, Proof, ServerReport } from './schema.ts'
import type { SetTimer } from './wire.ts'

/** What a gateway has to tell control, grouped: at most one flush per 200 ms. */
export type Outbox = {
  readonly proofs: (items: readonly Proof[]) => void
  readonly servers: (items: readonly ServerReport[]) => void
  readonly attached: () => void
  readonly detached: () => void
  /** Control knows these. */
  readonly heard: (items: readonly Proof[]) => void
  /** Control's table is in: what it lacks is told. */
  readonly tableComplete: () => void
  readonly flush: () => void
}

type Deps = {
  readonly send: (frame: FromGateway) => void
  readonly knownProofs: () => Iterable<Proof>
  readonly setTimer: SetTimer
}

const flushMs = 200
const proofsPerFrame = 500
/** Control closes a connection on which a frame of 16 MiB comes. */
const bytesPerFrame = 1024 * 1024

export function createOutbox(deps: Deps): Outbox {
  let proofs: Proof[] = []
  /** The last word about each server; kept while nobody listens. */
  const servers = new Map<string, ServerReport>()
  /** What control has told us since it welcomed us; null outside of the table's transfer. */
  let table: Set<string> | null = null
  let isAttached = false
  let stopTimer: (() => void) | null = null

  const flush = (): void => {
    stopTimer?.()
    stopTimer = null
    if (!isAttached) return
    for (const items of chunks(proofs, proofsPerFrame)) deps.send({ type: 'proofs', items })
    for (const items of inFrames([...servers.values()])) deps.send({ type: 'servers', items })
    proofs = []
    servers.clear()
  }
  const soon = (): void => {
    if (isAttached) stopTimer ??= deps.setTimer(flushMs, flush)
  }
  return {
    proofs: (items) => {
      // Before the table is complete nothing is queued: the comparison with it finds these too.
      if (!isAttached || table || items.length === 0) return
      proofs.push(...items)
      soon()
    },
    servers: (items) => {
      for (const item of items) servers.set(`${item.organization} ${item.server}`, item)
      if (items.length > 0) soon()
    },
    attached: () => {
      isAttached = true
      table = new Set()
      if (servers.size > 0) soon()
    },
    detached: () => {
      isAttached = false
      stopTimer?.()
      stopTimer = null
      proofs = []
      table = null
    },
    heard: (items) => {
      for (const item of items) table?.add(slotOf(item))
    },
    tableComplete: () => {
      if (!table) return
      for (const item of deps.knownProofs()) if (!table.has(slotOf(item))) proofs.push(item)
      table = null
      if (proofs.length > 0) soon()
    },
    flush,
  }
}

/** Reports hold what servers say about themselves: cut by size, and what fills a frame alone goes without its tools. */
function inFrames(reports: readonly ServerReport[]): ServerReport[][] {
  const frames: ServerReport[][] = []
  let room = 0
  for (const report of reports) {
    const { tools: _, ...bare } = report
    const whole = sizeOf(report)
    const item = whole > bytesPerFrame ? bare : report
    const size = item === report ? whole : sizeOf(bare)
    const frame = frames.at(-1)
    if (frame === undefined || size > room) {
      frames.push([item])
      room = bytesPerFrame - size
    } else {
      frame.push(item)
      room -= size
    }
  }
  return frames
}

const sizeOf = (report: ServerReport): number => Buffer.byteLength(JSON.stringify(report))

const slotOf = ({ organization, key, version }: Proof): string => `${organization} ${key} ${version}`
