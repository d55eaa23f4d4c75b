import type { Database, Db } from '../../../db/database.ts'
import type { Holder, SeenHolder } from '../../../fleet/slices/schema.ts'
import { hasShares } from '../shares/store.ts'
import { forgetMinute } from '../store.ts'
import { type HolderRow, listHolders, touchHolder } from './store.ts'

/** Lives of gateway processes, as the store knows them: who may be out of reach, and who has ended without a word. */
export type Holders = {
  /** Attached now; called every few seconds. Answers those that decide nothing any more and hold something still. */
  readonly seen: (attached: readonly SeenHolder[]) => Promise<readonly Holder[]>
  readonly holdersOf: (gateway: string) => Promise<readonly Holder[]>
  /** It has been told of a share: from now on it matters within seconds that it is in touch. */
  readonly shares: (holder: Holder) => void
}

type Deps = {
  readonly system: Database['system']
  readonly storeTime: (db: Db) => Promise<number>
  readonly monotonic: () => number
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

/** Whoever has no share is noted this often. */
const noteMs = 30_000
/** Doubt beyond freshness, and the time between two notes of another control. */
const marginMs = 1000
const leastSilenceMs = noteMs + 6000
const lookMs = 10_000
const minuteMs = 60_000
/** Longer than any clock of a store is set back in earnest: a minute that comes again finds what was given of it. */
const keptMinutes = 60

export function createHolders(deps: Deps): Holders {
  const { system, monotonic, log } = deps
  const noted = new Map<string, { at: number; isSharing: boolean }>()
  const silent = createSilence(monotonic)
  let [lookedAt, forgottenAt] = [Number.NEGATIVE_INFINITY, monotonic()]
  const note = async (due: readonly SeenHolder[], evaluatedAt: number): Promise<void> => {
    const sharing = await system.transaction(async (db) => {
      // The word is as old as the wait for the store.
      const at = (await deps.storeTime(db)) - Math.ceil(monotonic() - evaluatedAt)
      const found: boolean[] = []
      for (const holder of due) {
        await touchHolder(db, holder, at)
        found.push(noted.get(nameOf(holder))?.isSharing ?? (await hasShares(db, holder)))
      }
      return found
    })
    for (const [place, holder] of due.entries()) {
      const isSharing = (sharing[place] ?? false) || (noted.get(nameOf(holder))?.isSharing ?? false)
      noted.set(nameOf(holder), { at: evaluatedAt, isSharing })
    }
  }
  const forget = async (): Promise<void> => {
    const minute = await system.read(async (db) => Math.floor((await deps.storeTime(db)) / minuteMs))
    while (await system.transaction((db) => forgetMinute(db, minute - keptMinutes)));
  }
  return {
    seen: async (attached) => {
      const now = monotonic()
      try {
        const names = new Set(attached.map(nameOf))
        for (const name of noted.keys()) if (!names.has(name)) noted.delete(name)
        const due = attached.filter((holder) => isDue(noted.get(nameOf(holder)), now))
        if (due.length > 0) await note(due, now)
        if (now - forgottenAt >= minuteMs) {
          forgottenAt = now
          await forget()
        }
        if (now - lookedAt < lookMs) return []
        lookedAt = now
        return silent(await system.read((db) => listHolders(db, null)), names)
      } catch (error) {
        log.warn({ error }, 'who of the gateways is in touch was not noted')
        return []
      }
    },
    holdersOf: async (gateway) => {
      try {
        return await system.read((db) => listHolders(db, gateway))
      } catch (error) {
        log.warn({ error }, 'what a gateway that ended held was not found')
        return []
      }
    },
    shares: (holder) => {
      const known = noted.get(nameOf(holder))
      if (known) known.isSharing = true
    },
  }
}

const isDue = (known: { at: number; isSharing: boolean } | undefined, now: number): boolean =>
  known === undefined || known.isSharing || now - known.at >= noteMs

const nameOf = ({ gateway, boot }: Holder): string => `${gateway} ${boot}`

/**
 * Who has been silent for longer than it may decide by itself, measured here: a clock of the store that jumps ends nobody,
 * and whoever was there before this control started has all its time again.
 */
const createSilence = (monotonic: () => number) => {
  let since = new Map<string, { readonly word: string; readonly at: number }>()
  return (rows: readonly HolderRow[], attached: ReadonlySet<string>): readonly Holder[] => {
    const now = monotonic()
    const next: typeof since = new Map()
    const ended: Holder[] = []
    for (const row of rows) {
      const name = nameOf(row)
      if (attached.has(name)) continue
      const word = `${row.touchedAt} ${row.seenAt}`
      const known = since.get(name)
      const first = known?.word === word ? known : { word, at: now }
      next.set(name, first)
      if (now - first.at > Math.max(leastSilenceMs, row.freshSeconds * 1000 + marginMs)) ended.push(row)
    }
    since = next
    return ended
  }
}
