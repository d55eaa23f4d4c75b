import type { Reach, Resource, Role } from '../../../src/people/schema.ts'

type Reaches = Readonly<Record<Role, Reach>>
type Right = { readonly read: Reaches; readonly write: Reaches }

const everyone: Reaches = { owner: 'all', admin: 'all', member: 'all', auditor: 'all' }
const readers: Reaches = { owner: 'all', admin: 'all', member: 'none', auditor: 'all' }
const writers: Reaches = { owner: 'all', admin: 'all', member: 'none', auditor: 'none' }
const owners: Reaches = { owner: 'all', admin: 'none', member: 'none', auditor: 'none' }
const readersAndOwn: Reaches = { owner: 'all', admin: 'all', member: 'own', auditor: 'all' }
const writersAndOwn: Reaches = { owner: 'all', admin: 'all', member: 'own', auditor: 'none' }
const own: Reaches = { owner: 'own', admin: 'own', member: 'own', auditor: 'own' }
const nobody: Reaches = { owner: 'none', admin: 'none', member: 'none', auditor: 'none' }

/**
 * What each role may do, in the order in which people look for it. Control decides by src/people/rights.data.ts, which
 * no page may load; a test holds this one to it (test/dashboard/people.test.ts).
 */
export const matrix: Readonly<Record<Resource, Right>> = {
  keys: { read: readersAndOwn, write: writersAndOwn },
  apps: { read: readersAndOwn, write: writersAndOwn },
  servers: { read: readers, write: writers },
  providers: { read: readers, write: writers },
  catalogs: { read: readers, write: writers },
  projects: { read: everyone, write: writers },
  gateways: { read: readers, write: writers },
  usage: { read: readersAndOwn, write: nobody },
  budgets: { read: readersAndOwn, write: writers },
  limits: { read: readersAndOwn, write: writers },
  requests: { read: readersAndOwn, write: nobody },
  'audit-events': { read: readers, write: nobody },
  findings: { read: readersAndOwn, write: nobody },
  access: { read: readersAndOwn, write: nobody },
  members: { read: readersAndOwn, write: writers },
  teams: { read: readersAndOwn, write: writers },
  invitations: { read: readers, write: writers },
  sessions: { read: readersAndOwn, write: { owner: 'all', admin: 'all', member: 'own', auditor: 'own' } },
  'access-requests': { read: readersAndOwn, write: writersAndOwn },
  'identity-providers': { read: readers, write: owners },
  policies: { read: everyone, write: owners },
  'management-tokens': { read: readersAndOwn, write: writersAndOwn },
  webhooks: { read: readers, write: writers },
  organizations: { read: everyone, write: owners },
  notifications: { read: own, write: own },
}
