import { isLive } from '../access/grants.ts'
import { findApps, ownedApps } from '../apps/store.ts'
import { takeApp } from '../apps/take.ts'
import { catalogsFor, heldIn } from '../catalogs/content/store.ts'
import type { Db } from '../db/database.ts'
import type { EmbeddedGateway } from '../fleet/enter.ts'
import { findGateways } from '../fleet/store.ts'
import type { Directory, LiveOwner, Named } from '../keys/directory.ts'
import { serversOf } from '../keys/policies/apps.ts'
import type { Grant } from '../people/grants/schema.ts'
import { grantsOf } from '../people/grants/store.ts'
import { liveMembers } from '../people/members/store.ts'
import { findFormerMember, findMember, findOrganization, type Member } from '../people/store.ts'
import { findTeam, findTeams, teamIdsOf } from '../people/teams/store.ts'
import { defaultProject, projectsNamed } from '../projects/store.ts'
import { findProviders } from '../providers/store.ts'
import { liveServersIn } from '../servers/project/store.ts'
import { findServers } from '../servers/store.ts'
import { secretTaking } from '../webhooks/secret-taking.ts'

type Deps = {
  readonly now: () => number
  /** Gateways of `serve`: they serve every organization, and their rows belong to the first. */
  readonly embedded: readonly Pick<EmbeddedGateway, 'id' | 'name'>[]
}

/** What keys, apps and catalogs ask of other domains, answered from the tables of those. */
export const createDirectory = ({ now, embedded }: Deps): Directory => ({
  servers: async (db, organizationId, names) => {
    const found = askedFor(names, await findServers(db, organizationId, names, now()))
    return new Map(
      [...found].map(([asked, { id, slug, name, projectId }]) => [asked, { id, slug, name, project: projectId }]),
    )
  },
  serversIn: liveServersIn,
  providers: findProviders,
  projects: async (db, organizationId, names) => askedFor(names, await projectsNamed(db, organizationId, names)),
  defaultProject,
  gateways: async (db, organizationId, names) => {
    const found = new Map<string, Named>()
    const own = await findGateways(db, organizationId, names)
    for (const { id, name } of [...own, ...embedded])
      for (const asked of [id, name])
        if (names.includes(asked) && !found.has(asked)) found.set(asked, { id, name, slug: null })
    return found
  },
  owner: (db, organizationId, { type, id }) => findOwner[type](db, organizationId, id),
  ownersOf: async (db, organizationId, memberId) => {
    const own = [memberId, ...(await teamIdsOf(db, organizationId, memberId))]
    return [...own, ...(await ownedApps(db, organizationId, own))]
  },
  owners: ownersNamed,
  reachOf: async (db, organizationId, memberId) => {
    const isThere = (await findMember(db, organizationId, memberId)) !== null
    const catalogs = isThere ? await catalogsFor(db, organizationId, { type: 'member', id: memberId }) : []
    const granted = isThere ? await grantsOf(db, [{ organizationId, id: memberId, ownerId: memberId }]) : null
    const open = grantedNow(granted?.get(memberId), now())
    return {
      servers: new Set([...(await heldIn(db, organizationId, 'servers', catalogs)), ...open]),
      providers: new Set([...(await heldIn(db, organizationId, 'providers', catalogs)), ...open]),
    }
  },
  webhook: secretTaking,
  policies: async (db, organizationId) => {
    const organization = await findOrganization(db, organizationId)
    if (!organization) throw new Error('the organization of a key is gone')
    return { ...organization.policies, mixedEnvironments: organization.mixedEnvironments }
  },
  takeApp,
})

/** Servers and providers; no id is of both kinds. */
const grantedNow = (grants: readonly Grant[] | undefined, now: number): string[] =>
  (grants ?? []).filter((grant) => isLive(grant, now)).map(({ target }) => target)

/** By no other of its names than it was asked for. */
const askedFor = <T>(names: readonly string[], found: ReadonlyMap<string, T>): Map<string, T> => {
  const asked = new Set(names)
  return new Map([...found].filter(([name]) => asked.has(name)))
}

type FindOwner = (db: Db, organizationId: string, idOrSlug: string) => Promise<LiveOwner | null>

const findOwner: Readonly<Record<LiveOwner['type'], FindOwner>> = {
  member: async (db, organizationId, id) => {
    const member = await findMember(db, organizationId, id)
    return member && { type: 'member', id: member.id, name: member.name, project: null, behind: rank(member) }
  },
  team: async (db, organizationId, idOrSlug) => {
    const team = await findTeam(db, organizationId, idOrSlug)
    return team && { type: 'team', id: team.id, name: team.name, project: null, behind: null }
  },
  app: async (db, organizationId, idOrSlug) => {
    const app = (await findApps(db, organizationId, [idOrSlug])).get(idOrSlug)
    if (!app) return null
    const behind = app.owner.type === 'team' ? null : await findFormerMember(db, organizationId, app.owner.id)
    // Nobody behind it is not the same as a team.
    if (app.owner.type !== 'team' && !behind) return null
    const { id, name, projectId: project } = app
    return { type: 'app', id, name, project, granted: serversOf(app), behind: behind && rank(behind) }
  },
}

const rank = ({ id, role }: Member): LiveOwner['behind'] => ({ id, role })

const ownersNamed: Directory['owners'] = async (db, organizationId, ids) => {
  const found = new Map<string, Named>()
  const members = await liveMembers(db, organizationId, ids)
  for (const { id, name } of members.values()) found.set(id, { id, slug: null, name })
  for (const find of [findTeams, findApps]) {
    const others = await find(db, organizationId, ids)
    // Asked for by id: somebody else's slug may look like one.
    for (const { id, slug, name } of others.values()) if (ids.includes(id)) found.set(id, { id, slug, name })
  }
  return found
}
