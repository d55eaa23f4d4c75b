import type { ServerRecord } from '../../../servers/schema.ts'
import type { Answer } from '../../answer.ts'
import type { Incoming } from '../../incoming.ts'
import type { Change } from '../../snapshot.ts'
import type { Sessions } from '../sessions.ts'
import type { NamedList } from './aim.ts'
import { createEras } from './eras.ts'
import type { Gate } from './gate.ts'
import type { Send } from './inner-fetch.ts'
import { createLeases, type Leases } from './leases.ts'
import { createListens } from './listen.ts'
import { listMs, readList, within } from './lists.ts'
import { createOriginals, type Originals } from './originals.ts'
import { createParked } from './parked.ts'
import { aggregate } from './serve.ts'
import { createTable } from './sessions.ts'

type Served = Parameters<typeof aggregate>[0]
type Own = 'leases' | 'eras' | 'parked' | 'table' | 'listens' | 'learn' | 'original'

type Deps = Omit<Served, Own> & {
  readonly send: Send
  readonly server: (id: string) => ServerRecord | null
  readonly sessions: Sessions
  readonly randomBytes: (size: number) => Uint8Array
  readonly onChange: (listener: (change: Change) => void) => () => void
}

/** All servers of a key at one address. */
export type AllServers = {
  readonly handle: (call: Incoming, answer: Answer) => Promise<void>
  readonly counts: () => Readonly<Record<'sessions' | 'listens' | 'parked' | 'idle', number>>
  readonly close: () => Promise<void>
}

const sweepMs = 30_000

export function createAllServers(deps: Deps): AllServers {
  const { now } = deps
  const newId = () => Buffer.from(deps.randomBytes(16)).toString('hex')
  const eras = createEras(now)
  const leases = createLeases({ ...deps, eras })
  const originals = createOriginals(now)
  const parked = createParked({ ...deps, newId })
  const listens = createListens({ leases })
  const learn: Served['learn'] = ({ gate }, server, method, names) => {
    if (method === 'tools/list' || method === 'prompts/list') originals.learn(gate.caller, server, method, names)
  }
  const table = createTable({ ...deps, sealing: deps.sessions, newId, leases, eras, learn })
  const sweep = () => {
    table.sweep()
    parked.sweep()
    leases.sweep()
  }
  const timer = setInterval(sweep, sweepMs).unref()
  const forget = deps.onChange((change) => {
    if (change.kind === 'server') leases.drop(change.id)
    table.changed(change)
    listens.changed(change)
    parked.judge()
  })
  return {
    handle: aggregate({
      ...deps,
      eras,
      leases,
      parked,
      table,
      listens,
      learn,
      original: originalIn(leases, originals),
    }),
    counts: () => ({ sessions: table.size(), listens: listens.size(), parked: parked.size(), idle: leases.idle() }),
    close: async () => {
      clearInterval(timer)
      forget()
      parked.close()
      await Promise.allSettled([table.close(), leases.close()])
    },
  }
}

/** From what the server last listed, or its list of now. */
const originalIn =
  (leases: Leases, originals: Originals): Served['original'] =>
  async ({ caller }: Gate, server: ServerRecord, list: NamedList, ours: string) => {
    const known = originals.find(caller, server, list, ours)
    if (known !== undefined) return known
    try {
      const { entries } = await within(listMs, listOnce(leases, { caller, server, via: undefined }, list))
      const names = entries.flatMap(({ name }) => (typeof name === 'string' ? [name] : []))
      originals.learn(caller, server, list, names)
      return originals.find(caller, server, list, ours) ?? null
    } catch {
      // Then it is called by the name that it was given, which the server may know.
      return null
    }
  }

async function listOnce(leases: Leases, errand: Parameters<Leases['take']>[0], list: NamedList) {
  const { client, giveBack, discard } = await leases.take(errand, {})
  try {
    const read = await readList(client, list, new AbortController().signal)
    giveBack()
    return read
  } catch (error) {
    discard()
    throw error
  }
}
