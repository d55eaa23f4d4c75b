import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import type { ChangeDeps } from '../deps.ts'
import { updateMemberRow } from '../members/store.ts'
import { memberView } from '../members/view.ts'
import type { Actor } from '../schema.ts'
import type { Member } from '../store.ts'
import { addToTeam, findTeams, membersOf, type Team, takeFromTeam, teamIdsOf, updateTeamRow } from '../teams/store.ts'
import { teamView } from '../teams/view.ts'
import { recordTeam } from '../teams/write.ts'
import { roleAfter, teamsOf } from './rules.ts'
import type { Settings } from './schema.ts'

type Deps = Pick<ChangeDeps, 'newId' | 'now'>
export type By = { readonly actor: Actor; readonly requestId: string }
type Ruled = { readonly settings: Settings; readonly groups: readonly string[] | null; readonly by: By }
/** `rows`: of the news; `missing`: teams that rules name and that are not there, or that a configuration fills. */
export type Grouped = { readonly member: Member; readonly rows: readonly number[]; readonly missing: readonly string[] }

/** Role and teams follow the groups that were said; after `holdPeople`, in the unit of the sign-in. */
export async function followGroups(db: Db, deps: Deps, before: Member, ruled: Ruled): Promise<Grouped> {
  const { settings, groups } = ruled
  if (groups === null) return { member: before, rows: [], missing: [] }
  const role = roleAfter(settings, groups, before.role)
  const { member, rows } = await withRole(db, deps, before, { role, by: ruled.by })
  const teams = await inTeams(db, deps, member, { ...ruled, groups })
  return { member, rows: [...rows, ...teams.rows], missing: teams.missing }
}

async function withRole(db: Db, deps: Deps, before: Member, { role, by }: { role: Member['role']; by: By }) {
  if (role === before.role) return { member: before, rows: [] }
  const { organizationId } = by.actor
  const member: Member = { ...before, role, revision: before.revision + 1 }
  if (!(await updateMemberRow(db, organizationId, member))) throw new Error('A member changed although people are held')
  const at = deps.now()
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: by.requestId,
    actor: audited(by.actor),
    action: 'member.updated',
    subject: { kind: 'member', id: member.id, name: member.name },
    before: memberView(before),
    after: memberView(member),
  })
  return { member, rows: [await announce(db, organizationId, { kind: 'member', id: member.id, at })] }
}

/** Only teams that rules speak of: who put him into others knew why. */
async function inTeams(db: Db, deps: Deps, { id }: Member, ruled: Ruled & { readonly groups: readonly string[] }) {
  const { organizationId } = ruled.by.actor
  const { spokenOf, wanted } = teamsOf(ruled.settings, ruled.groups)
  const named = await findTeams(db, organizationId, spokenOf)
  // Of a managed team its files say who is in it: the next apply would take back what a sign-in did.
  const found = new Map([...named].filter(([, { managedBy }]) => managedBy === null))
  const wantedIds = new Set(wanted.map((name) => found.get(name)?.id))
  const heldIds = new Set(await teamIdsOf(db, organizationId, id))
  const teams = new Map([...found.values()].map((team) => [team.id, team]))
  const rows: number[] = []
  // In one order, so that two who sign in wait for each other and not in a circle.
  for (const team of [...teams.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)))
    if (wantedIds.has(team.id) !== heldIds.has(team.id))
      rows.push(await turned(db, deps, { team, memberId: id, joins: wantedIds.has(team.id) }, ruled.by))
  return { rows, missing: spokenOf.filter((name) => !found.has(name)) }
}

type Turn = { readonly team: Team; readonly memberId: string; readonly joins: boolean }

async function turned(db: Db, deps: Deps, { team, memberId, joins }: Turn, by: By): Promise<number> {
  const { organizationId } = by.actor
  const held = (await membersOf(db, [{ organizationId, id: team.id }])).get(team.id) ?? []
  const after = { ...team, revision: team.revision + 1 }
  if (!(await updateTeamRow(db, organizationId, after))) throw new Error('A team changed although people are held')
  const others = held.filter((id) => id !== memberId)
  if (joins) await addToTeam(db, organizationId, team.id, [memberId])
  else await takeFromTeam(db, organizationId, team.id, [memberId])
  const now = joins ? [...others, memberId].toSorted() : others
  return recordTeam(db, deps, by, { action: 'team.updated', before: teamView(team, held), after: teamView(after, now) })
}
