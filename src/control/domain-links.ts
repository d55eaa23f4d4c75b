import { appsOfProject, appsOfTeam, renameOwnerOfApps } from '../apps/store.ts'
import { dropBudgets } from '../budgets/drop.ts'
import { joinCatalogs } from '../catalogs/join.ts'
import { leaveCatalogs } from '../catalogs/leave.ts'
import { insertCatalog } from '../catalogs/store.ts'
import { moveCredentials } from '../credentials/move.ts'
import type { Vault } from '../credentials/vault.ts'
import type { Db } from '../db/database.ts'
import type { Reach } from '../http/egress/reach.ts'
import type { Directory } from '../keys/directory.ts'
import { keysMixedBy, keysOfProject, liveKeysOfOwner } from '../keys/projects/store.ts'
import { renameOwnerOfKeys } from '../keys/store.ts'
import { dropLimits } from '../limits/drop.ts'
import { may, reachOf } from '../people/may.ts'
import { liveMembers } from '../people/members/store.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { findOrganization } from '../people/store.ts'
import { findTeams } from '../people/teams/store.ts'
import { insertProject } from '../projects/store.ts'
import { providersOfProject } from '../providers/store.ts'
import { moveServerSecrets } from '../servers/move.ts'
import { serversOfProject } from '../servers/project/store.ts'
import type { World } from './world.ts'

/** What must happen in one domain when something happens in another, inside the same unit of work. */

/** Limits and budgets of what is deleted go with it. */
export const dropCaps =
  (type: 'member' | 'team' | 'app' | 'project') =>
  async (db: Db, organizationId: string, id: string, at: number): Promise<void> => {
    await dropLimits(db, organizationId, { type, ids: [id], at })
    await dropBudgets(db, organizationId, { type, ids: [id], at })
  }

export const peopleLinks = {
  insertProject,
  insertCatalog,
  leaveCatalogs: async (db: Db, organizationId: string, id: string, at: number): Promise<string[]> =>
    (await leaveCatalogs(db, organizationId, { kind: 'member', id, at })).catalogs,
  teamLeavesCatalogs: async (db: Db, organizationId: string, id: string, at: number): Promise<string[]> =>
    (await leaveCatalogs(db, organizationId, { kind: 'team', id, at })).catalogs,
  dropCapsOf: { member: dropCaps('member'), team: dropCaps('team') },
  // Apps before keys: so does every other unit that locks both.
  renameOwner: async (db: Db, organizationId: string, ownerId: string, name: string): Promise<void> => {
    await renameOwnerOfApps(db, organizationId, ownerId, name)
    await renameOwnerOfKeys(db, organizationId, ownerId, name)
  },
  usesOfTeam: async (db: Db, organizationId: string, teamId: string) => ({
    keys: await liveKeysOfOwner(db, organizationId, teamId),
    apps: (await appsOfTeam(db, organizationId, teamId, 1)).total,
  }),
}

/** Servers and providers have limits and no budgets. */
export const dropLimitsOf =
  (type: 'server' | 'provider') =>
  async (db: Db, organizationId: string, id: string, at: number): Promise<void> => {
    await dropLimits(db, organizationId, { type, ids: [id], at })
  }

/** Under `serve` a gateway stands on this machine, and may call what runs beside it. */
export const createReach =
  ({ embeddedGateways }: Pick<World, 'embeddedGateways'>) =>
  async (db: Db, organizationId: string): Promise<Reach> => ({
    networks: (await findOrganization(db, organizationId))?.policies.privateNetworks ?? [],
    loopback: embeddedGateways.length > 0,
  })

/** For servers and providers alike. */
const catalogLinks = { joinCatalogs, leaveCatalogs }
export const serverLinks = { ...catalogLinks, dropLimits: dropLimitsOf('server') }
export const providerLinks = { ...catalogLinks, dropLimits: dropLimitsOf('provider') }

export const resolveForCatalogs = ({ servers, providers }: Pick<Directory, 'servers' | 'providers'>) => ({
  servers,
  providers,
  teams: findTeams,
  members: async (db: Db, organizationId: string, ids: readonly string[]) =>
    new Map([...(await liveMembers(db, organizationId, ids))].map(([id, { name }]) => [id, { id, slug: null, name }])),
})

export const projectLinks = (vault: Pick<Vault, 'moveTexts'>) => {
  // Servers before credentials: so does every change of a server that brings secrets.
  const moves = [moveServerSecrets(vault), moveCredentials(vault)]
  return {
    dropCaps: dropCaps('project'),
    readsAll: (actor: Actor, permission: Permission): boolean =>
      may(actor, permission) && reachOf(actor.role, permission) === 'all',
    usesOf: {
      servers: serversOfProject,
      providers: providersOfProject,
      apps: appsOfProject,
      keys: keysOfProject,
    },
    keysMixedBy,
    moveSecrets: async (db: Db, organizationId: string, projectId: string, from: string, to: string): Promise<void> => {
      for (const move of moves) await move(db, organizationId, projectId, from, to)
    },
  }
}
