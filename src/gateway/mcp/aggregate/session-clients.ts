import type { ServerRecord } from '../../../servers/schema.ts'
import type { Members } from '../stdio/message.ts'
import type { Hears, Said, UpstreamClient } from './client.ts'
import type { Eras } from './eras.ts'
import { isStaleEra } from './failure.ts'
import type { Gate } from './gate.ts'
import { eraName, type Leases, upstreamName } from './leases.ts'
import { createWatch, type Watch } from './watch.ts'

/** A session's own clients, one to each server that it has called: what servers say on their own is its own. */
export type SessionClients = {
  readonly use: <T>(server: ServerRecord, use: (client: UpstreamClient) => Promise<T>) => Promise<T>
  readonly subscribe: (server: ServerRecord, uri: string, isOn: boolean) => Promise<void>
  readonly setLevel: (level: string) => Promise<void>
  /** To all servers that it has called. */
  readonly tell: (method: string, params: Members) => void
  /** Ends those that are not reached any more. */
  readonly keepOnly: (reached: readonly ServerRecord[]) => void
  readonly size: () => number
  readonly close: () => Promise<void>
}

type Deps = {
  readonly leases: Pick<Leases, 'open'>
  readonly eras: Eras
  readonly gate: () => Gate
  readonly via: string | undefined
  readonly capabilities: Members
  readonly notice: (server: ServerRecord, notice: Said) => void
  readonly question: (server: ServerRecord, ...asked: Parameters<Hears['question']>) => Promise<Members>
}

type Slot = {
  readonly name: string
  readonly server: ServerRecord
  readonly client: Promise<UpstreamClient>
  readonly watch: Watch
}

export function createSessionClients(deps: Deps): SessionClients {
  const slots = new Map<string, Slot>()
  let level: string | null = null
  const open = (server: ServerRecord, uris: ReadonlySet<string>): Slot => {
    const slot = openSlot(deps, server, uris, () => level)
    // Whoever comes next tries anew.
    slot.client.catch(() => (slots.get(server.id) === slot ? slots.delete(server.id) : undefined))
    slots.set(server.id, slot)
    return slot
  }
  const end = (slot: Slot) => {
    if (slots.get(slot.server.id) === slot) slots.delete(slot.server.id)
    slot.client.then((client) => client.close()).catch(() => {})
  }
  const nameOf = (server: ServerRecord) => upstreamName({ server, caller: deps.gate().caller })
  const slotFor = (server: ServerRecord): Slot => {
    const held = slots.get(server.id)
    if (held?.name === nameOf(server)) return held
    if (held !== undefined) end(held)
    return open(server, new Set())
  }
  const use: SessionClients['use'] = async (server, work) => {
    const slot = slotFor(server)
    const client = await slot.client
    try {
      return await work(client)
    } catch (error) {
      const isStale = isStaleEra(client, error)
      if (!isStale && !client.isLost(error)) throw error
      if (isStale) deps.eras.forget(eraName(client.errand, 'legacy'))
      // Once, however many calls have met it: what the first one opens is there for the others.
      const again = slots.get(server.id) === slot ? reopen(slot) : slotFor(server)
      return work(await again.client)
    }
  }
  const reopen = (slot: Slot): Slot => {
    end(slot)
    return open(slot.server, slot.watch.uris())
  }
  const toAll = (act: (client: UpstreamClient) => Promise<void>) =>
    Promise.allSettled([...slots.values()].map(({ client }) => client.then(act)))
  return {
    use,
    subscribe: (server, uri, isOn) =>
      use(server, async () => {
        await slotFor(server).watch.set(uri, isOn)
      }),
    setLevel: async (next) => {
      level = next
      await toAll((client) => applyLevel(client, next))
    },
    tell: (method, params) => {
      void toAll(async (client) => (client.era === 'legacy' ? client.tell(method, params) : undefined))
    },
    keepOnly: (reached) => {
      const ids = new Map(reached.map((server) => [server.id, server]))
      for (const slot of [...slots.values()]) {
        const now = ids.get(slot.server.id)
        if (now === undefined || nameOf(now) !== slot.name) end(slot)
      }
    },
    size: () => slots.size,
    close: async () => {
      const closed = toAll((client) => client.close())
      slots.clear()
      await closed
    },
  }
}

function openSlot(deps: Deps, server: ServerRecord, uris: ReadonlySet<string>, level: () => string | null): Slot {
  const errand = { caller: deps.gate().caller, server, via: deps.via }
  const opened = deps.leases.open(errand, deps.capabilities, 'legacy')
  const watch = createWatch(opened, uris)
  const client = opened.then(async (fresh) => {
    fresh.hear({
      notice: (notice) => deps.notice(server, notice),
      question: (...asked) => deps.question(server, ...asked),
    })
    const wanted = level()
    if (wanted !== null) await applyLevel(fresh, wanted)
    await watch.begin()
    return fresh
  })
  return { name: upstreamName(errand), server, client, watch }
}

/** 2026-07-28 has no level for a connection; there each call says its own. */
async function applyLevel(client: UpstreamClient, level: string): Promise<void> {
  if (client.era !== 'legacy' || client.capabilities['logging'] === undefined) return
  await client.ask('logging/setLevel', { level }).catch(() => {})
}
