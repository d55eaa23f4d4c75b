import { findApps } from '../apps/store.ts'
import type { Database } from '../db/database.ts'
import type { Directory } from '../keys/directory.ts'
import { parseNetwork } from '../keys/network.ts'
import { serversOf } from '../keys/policies/apps.ts'
import { touchedKeys } from '../keys/policies/touched.ts'
import type { PolicyDeps } from '../people/policies/deps.ts'

type Deps = {
  readonly read: Database['read']
  readonly now: () => number
  readonly directory: Pick<Directory, 'servers' | 'providers'>
}

/** What the policies of an organization ask of keys, servers and providers. */
export const policyLinks = (deps: Deps): PolicyDeps => ({
  policyLinks: {
    servers: deps.directory.servers,
    providers: deps.directory.providers,
    isNetwork: (text) => parseNetwork(text) !== null,
    touched: touchedKeys({
      ...deps,
      grantedTo: async (db, organizationId, ids) => {
        const apps = await findApps(db, organizationId, ids)
        return new Map([...apps.values()].map((app) => [app.id, serversOf(app)]))
      },
    }),
  },
})
