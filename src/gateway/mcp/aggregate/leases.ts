import { refuse } from '../../../problems.ts'
import { holderNameOf, targetNameOf } from '../../target.ts'
import type { Members } from '../stdio/message.ts'
import { type ClientDeps, connectClient, type UpstreamClient, type Wanted } from './client.ts'
import type { Eras } from './eras.ts'
import type { Errand } from './inner-fetch.ts'
import { problemBehind, undelivered } from './undelivered.ts'

/** A client that nobody else uses meanwhile: what its server says on its own is said to whoever holds it. */
export type Lease = {
  readonly client: UpstreamClient
  /** It may be used again. */
  readonly giveBack: () => void
  readonly discard: () => void
}

export type Leases = {
  readonly take: (errand: Errand, capabilities: Members) => Promise<Lease>
  /**
   * A client for one session, which keeps it. A session of an older era speaks with servers in its own where they have
   * it: they may offer other things in the other.
   */
  readonly open: (errand: Errand, capabilities: Members, prefers: Era) => Promise<UpstreamClient>
  /** The server is gone or leads elsewhere: nothing that waits for the next call is of use. */
  readonly drop: (serverId: string) => void
  readonly sweep: () => void
  readonly idle: () => number
  readonly close: () => Promise<void>
}

type Deps = ClientDeps & { readonly eras: Eras; readonly now: () => number }
type Idle = { readonly name: string; readonly client: UpstreamClient; readonly until: number }

const idleMs = 5 * 60_000
const mostIdle = 500
const patienceMs = 5000
const slow = refuse('upstream_timeout').problem

/**
 * Servers of 2026-07-28 keep nothing between calls, so each call has a client of its own, which costs no round trip once
 * the era is known. Of older ones sessions are kept: one call at a time, by key and by what its client can be asked.
 */
export function createLeases(deps: Deps): Leases {
  /** Oldest first. */
  let waiting: Idle[] = []
  const end = (idle: readonly Idle[]) => {
    const gone = new Set(idle)
    waiting = waiting.filter((one) => !gone.has(one))
    for (const { client } of idle) void client.close()
  }
  const open: Leases['open'] = async (errand, capabilities, prefers) => {
    const name = eraName(errand, prefers)
    const prior = deps.eras.known(name)
    const connect = (as: Wanted['prior']) => connectClient(deps, { ...errand, capabilities, prior: as })
    try {
      const client = await (prior !== null || prefers === 'modern' ? connect(prior) : connectOlder(connect))
      deps.eras.learn(name, client.prior)
      return client
    } catch (error) {
      deps.eras.forget(name)
      throw error
    }
  }
  const keep = (name: string, client: UpstreamClient) => {
    client.hear(null)
    if (client.era === 'modern') return void client.close()
    waiting.push({ name, client, until: deps.now() + idleMs })
    if (waiting.length > mostIdle) end(waiting.slice(0, 1))
  }
  /** Since when somebody has been waiting for a server. */
  const waited = new Map<string, number>()
  const openNew = async (name: string, errand: Errand, capabilities: Members) => {
    const since = waited.get(name)
    // It hangs: everybody who asks would open one more connection to it.
    if (since !== undefined && since + patienceMs < deps.now()) throw undelivered(slow)
    if (since === undefined) waited.set(name, deps.now())
    try {
      return await open(errand, capabilities, 'modern')
    } finally {
      waited.delete(name)
    }
  }
  return {
    open,
    take: async (errand, capabilities) => {
      const name = JSON.stringify([upstreamName(errand), holderNameOf(errand.caller), errand.via ?? '', capabilities])
      const at = waiting.findLastIndex((idle) => idle.name === name)
      const [found] = at === -1 ? [] : waiting.splice(at, 1)
      const client = found?.client ?? (await openNew(name, errand, capabilities))
      return { client, giveBack: () => keep(name, client), discard: () => void client.close() }
    },
    drop: (serverId) => end(waiting.filter(({ client }) => client.errand.server.id === serverId)),
    sweep: () => end(waiting.filter(({ until }) => until <= deps.now())),
    idle: () => waiting.length,
    close: async () => {
      const clients = waiting.map(({ client }) => client)
      waiting = []
      await Promise.allSettled(clients.map((client) => client.close()))
    },
  }
}

/** Not where the server cannot be reached at all: that is the same in every era. */
const connectOlder = (connect: (prior: Wanted['prior']) => Promise<UpstreamClient>): Promise<UpstreamClient> =>
  connect({ kind: 'legacy' }).catch((error: unknown) => {
    if (problemBehind(error) !== null) throw error
    return connect(null)
  })

export type Era = UpstreamClient['era']

/** What was found out about a server's eras; it depends on which one was tried first. */
export const eraName = (errand: Pick<Errand, 'server' | 'caller'>, prefers: Era): string =>
  `${prefers} ${upstreamName(errand)}`

/** Where it leads and on whose behalf: nothing of one is told to another. */
export const upstreamName = ({ server, caller }: Pick<Errand, 'server' | 'caller'>): string =>
  JSON.stringify([server.id, targetNameOf(server), caller.key.owner.id])
