import { decide, type Subject } from '../../access/decide.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { Snapshot } from '../snapshot.ts'

type Deps = { readonly server: Snapshot['server']; readonly now: () => number }

/** A URL without a server's slug leads to the one server that its key reaches now; which one of two, nobody could say. */
export const onlyServer =
  ({ server: find, now }: Deps) =>
  (subject: Subject): ServerRecord | null => {
    let only: ServerRecord | null = null
    const asked = new Set<string>()
    // What stands in no catalog of the owner is not reached, whatever the key names.
    for (const { servers } of subject.backing.catalogs) {
      for (const id of servers) {
        if (asked.has(id)) continue
        asked.add(id)
        const server = find(id)
        if (server === null || !isReached(subject, server, now())) continue
        if (only !== null) return null
        only = server
      }
    }
    return only
  }

/** By the method that leads to no tool: which tools it may call there is asked for each call. */
const isReached = (subject: Subject, server: ServerRecord, now: number): boolean =>
  decide(subject, { kind: 'mcp', server, method: 'initialize', tool: null }, now).kind === 'allow'
