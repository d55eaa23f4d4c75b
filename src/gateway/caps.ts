import path from 'node:path'
import type { Attachment } from '../fleet/attach.ts'
import type { Moment } from '../fleet/freshness.ts'
import type { Grant, Returned, SliceAsk } from '../fleet/slices/schema.ts'
import { newId } from '../keys/token.ts'
import type { Log } from '../observe/log.ts'
import { createBudgets } from './budgets/budgets.ts'
import { createLimits } from './limits/limits.ts'
import { openSpool } from './spool/spool.ts'
import { createNoting } from './usage/note.ts'

type Deps = {
  readonly dataDir: string
  /** Which gateway of those that have the folder. */
  readonly gateway: string
  readonly now: () => number
  readonly monotonic: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly setTimer: (ms: number, run: () => void) => () => void
  readonly log: Log
}

/** What calls take and cost, and where they are written down. `attachment`: once it is there. */
export async function openCaps(deps: Deps, attachment: () => Attachment) {
  const { dataDir, gateway, now, monotonic, randomBytes, setTimer, log } = deps
  const slicing = {
    askSlice: (ask: SliceAsk) => attachment().askSlice(ask),
    giveBack: (items: readonly Returned[]) => attachment().giveBack(items),
    isAttached: () => isAttached(attachment().contact(), monotonic()),
    monotonic,
    setTimer,
  }
  const limits = createLimits(slicing)
  const budgets = createBudgets(slicing)
  const boot = newId('boot', randomBytes)
  const spool = await openSpool({ directory: path.join(dataDir, 'spool', gateway), boot, now, setTimer, log })
  const noting = createNoting({ spool, now, monotonic })
  const onLateSlice = (ask: SliceAsk, grant: Grant): void =>
    (ask.pool.startsWith('bud_') ? budgets : limits).late(ask, grant)
  return { parts: { limits, budgets, spool, noting }, ends: { boot, records: spool.source, onLateSlice } }
}

/** Control has answered a heartbeat that was sent in the last five seconds. */
const isAttached = (contact: Moment | null, now: number): boolean =>
  contact !== null && now - contact.monotonic < detachedMs
const detachedMs = 5000
