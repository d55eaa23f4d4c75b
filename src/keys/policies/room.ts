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

type Whose = Pick<Actor, 'role' | 'organizationId' | 'memberId'>
type Refusal = ReturnType<typeof refuse>
type Asked = {
  readonly projects: readonly string[]
  /** How many come; 0 where the key is there already and only moves. */
  readonly more: number
}

/**
 * Why a member gets no key more in these projects; null: there is room. In the unit of work that writes the key, which
 * waits here for others of its organization: two that count at the same time would both find the last place free.
 */
export const refusalOfRoom = (
  deps: Deps,
  db: Db,
  whose: Whose,
  projects: readonly string[],
  more: 0 | 1 = 1,
): Promise<Refusal | null> => counted(deps, db, whose, { projects, more }, holdPeople)

/** The same as it looks now, for whoever writes nothing. */
export const foreseenRoom = (deps: Deps, db: Db, whose: Whose, asked: Asked): Promise<Refusal | null> =>
  counted(deps, db, whose, asked, async () => {})

async function counted(
  { directory, now }: Deps,
  db: Db,
  { role, organizationId, memberId }: Whose,
  { projects, more }: Asked,
  hold: typeof holdPeople,
): Promise<Refusal | null> {
  if (role !== 'member') return null
  const policies = await directory.policies(db, organizationId)
  const isAsked = policies.ceilings?.keysPerMember ?? Object.keys(policies.tiers).length > 0
  if (isAsked === false) return null
  const found = projects.length === 0 ? [] : (await directory.projects(db, organizationId, projects)).values()
  const most = ceilingsIn(policies, placesOf([...found].map(({ tier }) => tier)))?.keysPerMember
  if (most === undefined) return null
  await hold(db, organizationId)
  const owners = await directory.ownersOf(db, organizationId, memberId)
  const held = await countKeysOfMember(db, organizationId, { memberId, owners, atMost: most }, now())
  if (held + more <= most) return null
  const detail = `members have ${most} keys at most; delete or revoke one that is no longer needed`
  return refusalOfBroken([{ policy: 'ceilings.keysPerMember', pointer: '', detail }])
}
