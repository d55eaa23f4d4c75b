import { lookup } from 'node:dns/promises'
import type { LookUp } from '../http/egress/lookup.ts'
import type { Log } from '../observe/log.ts'
import { createEgress, type Egress } from './egress.ts'
import type { Fetch } from './mcp/health-http.ts'
import type { Snapshot } from './snapshot.ts'

type World = {
  readonly loopback: boolean
  readonly lookUp?: LookUp
  readonly fetch?: Fetch
  readonly log: Pick<Log, 'info'>
}

/** By what the policy of the organization says at that moment. `fetch`: a test looks at health by itself. */
export function wayOut(world: World, snapshot: Pick<Snapshot, 'organization'>): Egress {
  const { loopback, lookUp = everyAddress, fetch, log } = world
  if (loopback) log.info({}, 'servers on this machine (localhost) may be called: it runs under `serve`')
  const networksOf = (id: string) => snapshot.organization(id)?.record.privateNetworks ?? nowhere
  const egress = createEgress({ reachOf: (id) => ({ networks: networksOf(id), loopback }), lookUp })
  return fetch === undefined ? egress : { ...egress, fetchFor: () => fetch }
}

const nowhere: readonly string[] = []
const everyAddress: LookUp = (name) => lookup(name, { all: true })

type Deps = {
  readonly egress: Pick<Egress, 'changed'>
  /** Looks at that server now. */
  readonly look: (serverId: string) => void
}

/** Where an organization's servers may be has changed: connections are judged anew, and so is how its servers are. */
export function watchNetworks(snapshot: Snapshot, { egress, look }: Deps): void {
  const known = new Map<string, string>()
  const isNew = (organization: string): boolean => {
    const networks = JSON.stringify(snapshot.organization(organization)?.record.privateNetworks ?? [])
    const before = known.get(organization)
    known.set(organization, networks)
    return before !== networks
  }
  snapshot.onChange((change) => {
    if (change.kind === 'all') {
      // A new snapshot may have left out anything of the one before.
      known.clear()
      egress.changed(null)
    }
    if (change.kind !== 'organization' || !isNew(change.organization)) return
    egress.changed(change.organization)
    for (const server of snapshot.servers())
      if (server.organization === change.organization && server.transport.type !== 'stdio') look(server.id)
  })
}
