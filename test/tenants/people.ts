import { reachOf } from '../../src/people/may.ts'
import { type Permission, Role, resources } from '../../src/people/schema.ts'
import { another, bodyOf, type Ids, type Kind, makingOf, onePer } from './calls.ts'
import type { Running } from './control.ts'
import { password } from './people-calls.ts'

export type Person = { readonly member: string; readonly email: string; readonly token: string }

export const permissions: readonly Permission[] = resources.flatMap((resource): Permission[] => [
  `${resource}:read`,
  `${resource}:write`,
])

/** Everybody who could come: each role, somebody who left, somebody else's owner, and what they own. */
export async function createPeople(control: Running) {
  const { ask, done, operator } = control
  const organization: string = (await done(operator, 'GET /me')).organization.id

  const tokenOf = async (member: string, scopes: readonly string[] = ['*'], expiresAt: string | null = null) =>
    (await done(operator, 'POST /management-tokens', { name: 'one', member, scopes, expiresAt })).secret as string
  const addPerson = async (role: Role, name: string): Promise<Person> => {
    const email = `${another(name)}@example.com`
    const { member } = await done(operator, 'POST /members', { email, name, role, password })
    return { member: member.id, email, token: await tokenOf(member.id) }
  }

  /** A fresh one of the kind that is this person's; what cannot be a person's is the organization's. */
  const make = async (kind: Kind, person: Person, of: Partial<Ids> = {}): Promise<string> => {
    if (kind === 'organization') return organization
    const { member, email, token } = person
    if (kind === 'session') return (await done(null, makingOf(kind), { email, password })).session.id
    const isOwn = reachOf('member', rightToMake[kind]) === 'own'
    const line = makingOf(kind)
    const around = { organization, member, ...of }
    const whole = onePer[kind]
    const ids = { ...around, ...(whole ? { [whole]: await make(whole, person, around) } : {}) } as Ids
    const body = bodyOf(line, ids, another(kind.toLowerCase()))
    return (await done(isOwn ? token : operator, line.replace(':id', ids.key), body))[kind].id
  }
  /** One of each. */
  const everything = async (person: Person): Promise<Ids> => {
    const ids: Partial<Record<Kind, string>> = { organization, member: person.member }
    for (const kind of [
      'project',
      'team',
      'server',
      'provider',
      'catalog',
      'key',
      'rotation',
      'app',
      'managementToken',
      'gateway',
      'webhook',
      'limit',
      'budget',
      'session',
      'invitation',
      'identityProvider',
      'accessRequest',
    ] as const)
      ids[kind] = await make(kind, person, ids)
    return ids as Ids
  }

  const roles = {} as Record<Role, Person>
  for (const role of Role.options) roles[role] = await addPerson(role, `some-${role}`)
  const other = await addPerson('member', 'somebody-else')
  const left = await addPerson('admin', 'who-left')
  await done(operator, `DELETE /members/${left.member}?waitMs=0`)
  const soon = new Date(Date.now() + 60_000).toISOString()
  const expired = await tokenOf(roles.owner.member, ['*'], soon)
  const founding = { slug: 'foreign', name: 'Foreign', owner: { email: 'foreign@example.com', name: 'Foreign' } }
  const { setupUrl } = await done(operator, 'POST /organizations', founding)
  const setup = await ask(null, 'POST /setup', { code: new URL(setupUrl).hash.slice(1) })
  const theirs = await everything(other)
  const key: string = (await done(other.token, 'POST /keys', { name: 'at the wrong door' })).secret
  control.forward(120_000)

  const cut = new Map<string, Promise<string>>()
  return {
    roles,
    addPerson,
    other,
    /** What belongs to somebody else of the same organization, or to the organization. */
    theirs,
    /** What belongs to the one whose role is member. */
    own: await everything(roles.member),
    make,
    refused: { key, expired, left: left.token },
    foreign: setup.body.secret as string,
    /** Of an owner, with every scope that he may have but this one; without one: of the operator, with all by name. */
    without: (right: Permission | null): Promise<string> => {
      const scopes = permissions.filter((one) => one !== right && reachOf('owner', one) !== 'none')
      const made =
        cut.get(`${right}`) ??
        (right === null
          ? done(operator, 'GET /me').then(({ member }) => tokenOf(member.id, scopes))
          : tokenOf(roles.owner.member, scopes))
      cut.set(`${right}`, made)
      return made
    },
  }
}

/** By whom one is made: by the person, where members may; otherwise by the operator for him. */
const rightToMake: Readonly<Record<Exclude<Kind, 'organization' | 'session'>, Permission>> = {
  member: 'members:write',
  project: 'projects:write',
  team: 'teams:write',
  server: 'servers:write',
  provider: 'providers:write',
  catalog: 'catalogs:write',
  key: 'keys:write',
  app: 'apps:write',
  managementToken: 'management-tokens:write',
  gateway: 'gateways:write',
  webhook: 'webhooks:write',
  rotation: 'keys:write',
  limit: 'limits:write',
  budget: 'budgets:write',
  invitation: 'invitations:write',
  identityProvider: 'identity-providers:write',
  accessRequest: 'access-requests:write',
}
