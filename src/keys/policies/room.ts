import type { Db } from '../../db/database.ts'
import { holdPeople } from '../../people/organizations/store.ts'
import { placesOf } from '../../people/policies/tiers.ts'
import type { Actor } from '../../people/schema.ts'
import type { refuse } from '../../problems.ts'
import type { Directory } from '../directory.ts'
import { refusalOfBroken } from '../policy.ts'
import { ceilingsIn } from './ceilings.ts'
import { countKeysOfMember } from './store.ts'

type Deps = { readonly directory: Pick<Directory, 'policies' | 'projects' | 'ownersOf'>; readonly now: () => number }

/**
 * Why a member gets no key more in these projects; null: there is room. In the unit of work that writes the key, which
 * waits here for others of its organization: two that count at the same time would both find the last place free.
 * `more`: how many come; 0 where the key is there already and only moves.
 */
export async function refusalOfRoom(
  { directory, now }: Deps,
  db: Db,
  { role, organizationId, memberId }: Pick<Actor, 'role' | 'organizationId' | 'memberId'>,
  projects: readonly string[],
  more: 0 | 1 = 1,
): Promise<ReturnType<typeof refuse> | null> {
  if (role !== 'member') return null
  const policies = await directory.policies(db, organizationId)
  const isAsked = policies.ceilings?.keysPerMember ?? Object.keys(policies.tiers).length > 0
  if (isAsked === false) return null
  const found = projects.length === 0 ? [] : (await directory.projects(db, organizationId, projects)).values()
  const most = ceilingsIn(policies, placesOf([...found].map(({ tier }) => tier)))?.keysPerMember
  if (most === undefined) return null
  await holdPeople(db, organizationId)
  const owners = await directory.ownersOf(db, organizationId, memberId)
  const held = await countKeysOfMember(db, organizationId, { memberId, owners, atMost: most }, now())
  if (held + more <= most) return null
  const detail = `members have ${most} keys at most; delete or revoke one that is no longer needed`
  return refusalOfBroken([{ policy: 'ceilings.keysPerMember', pointer: '', detail }])
}
