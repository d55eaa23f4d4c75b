import path from 'node:path'
import type { Attachment } from '../fleet/attach.ts'
import { age, type Moment } from '../fleet/freshness.ts'
import type { Returned } from '../fleet/slices/schema.ts'
import { newId } from '../keys/token.ts'
import type { Log } from '../observe/log.ts'
import { type Budgets, createBudgets } from './budgets/budgets.ts'
import { createLimits, type Limits } from './limits/limits.ts'
import { openSpool, type Spool } from './spool/spool.ts'
import { createNoting, type Noting } from './usage/note.ts'

type Deps = {
  readonly dataDir: string
  /** Which gateway of those that have the folder. */
  readonly gateway: string
  readonly now: () => number
  readonly monotonic: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly setTimer: (ms: number, run: () => void) => () => void
  readonly log: Log
  /** In the place of what counts and writes down, where a test plays one of them. */
  readonly caps?: Partial<Parts>
}
export type Parts = {
  readonly limits: Limits
  readonly budgets: Budgets
  readonly spool: Spool
  readonly noting: Noting
}

/** What calls take and cost, and where they are written down. `attachment`: once it is there. */
export async function openCaps(deps: Deps, attachment: () => Attachment) {
  const { dataDir, gateway, now, monotonic, randomBytes, setTimer, log } = deps
  const slicing = {
    giveBack: (items: readonly Returned[]) => attachment().giveBack(items),
    isAttached: () => isAttached(attachment().contact(), monotonic()),
    monotonic,
    setTimer,
    now,
  }
  const silentMs = (): number => {
    const contact = attachment().contact()
    return contact === null ? Number.POSITIVE_INFINITY : age(contact, { monotonic: monotonic(), wall: now() })
  }
  const limits = createLimits({ ...slicing, silentMs, askSlice: (ask, late) => attachment().askSlice(ask, late) })
  const budgets = createBudgets({
    ...slicing,
    askSlice: (ask) => attachment().askSlice(ask, (grant) => budgets.late(ask, grant)),
  })
  const boot = newId('boot', randomBytes)
  const spool = await openSpool({ directory: path.join(dataDir, 'spool', gateway), boot, now, setTimer, log })
  const noting = createNoting({ spool, now, monotonic })
  return {
    parts: { limits, budgets, spool, noting, ...deps.caps },
    ends: { boot, records: spool.source, heldSeats: limits.heldSeats },
  }
}

/** Control has answered a heartbeat that was sent in the last five seconds. */
const isAttached = (contact: Moment | null, now: number): boolean =>
  contact !== null && now - contact.monotonic < detachedMs
const detachedMs = 5000
