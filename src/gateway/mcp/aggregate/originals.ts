import { createBounded } from '../../../keys/bounded.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Caller } from '../../authenticate.ts'
import type { NamedList } from './aim.ts'
import { upstreamName } from './leases.ts'
import { nameFor, splitName } from './names.ts'

/** Which of a server's own names our shortened ones stand for, as it last listed them to that subject. */
export type Originals = {
  readonly learn: (caller: Caller, server: ServerRecord, list: NamedList, names: readonly string[]) => void
  /** `undefined`: its list has not been seen for a while. Null: it is not in there. */
  readonly find: (caller: Caller, server: ServerRecord, list: NamedList, ours: string) => string | null | undefined
}

const freshMs = 5 * 60_000
const lists = 1000

export function createOriginals(now: () => number): Originals {
  const held = createBounded<{ readonly names: ReadonlyMap<string, string>; readonly until: number }>(lists)
  const placeOf = (caller: Caller, server: ServerRecord, list: NamedList) =>
    JSON.stringify([upstreamName({ caller, server }), server.slug, list])
  return {
    learn: (caller, server, list, names) => {
      const ours = new Map<string, string>()
      // As in the list itself: of two that are called the same the first one counts.
      for (const name of names.toReversed()) ours.set(nameFor(server.slug, name), name)
      // What is not found here is called as it is written: a list may have ten thousand names that need no memory.
      for (const [our, name] of ours) if (splitName(our)?.rest === name) ours.delete(our)
      held.set(placeOf(caller, server, list), { names: ours, until: now() + freshMs })
    },
    find: (caller, server, list, ours) => {
      const entry = held.get(placeOf(caller, server, list))
      return entry === undefined || entry.until <= now() ? undefined : (entry.names.get(ours) ?? null)
    },
  }
}
