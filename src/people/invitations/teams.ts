import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { refusalOfManaged } from '../managed.ts'
import { may } from '../may.ts'
import type { Actor } from '../schema.ts'
import { addToTeam, findTeams, membersOf, updateTeamRow } from '../teams/store.ts'
import { teamView } from '../teams/view.ts'
import { recordTeam } from '../teams/write.ts'
import type { By } from './write.ts'

/** A credential that was cut to inviting puts nobody into teams. */
export const refuseTeams = (actor: Actor, teams: readonly string[]) =>
  teams.length === 0 || may(actor, 'teams:write')
    ? null
    : refuse('not_permitted', { detail: 'To put somebody into teams needs the right teams:write.' })

/** Each team is another state of it. After `holdPeople`, so that nobody changes them meanwhile. */
export async function joinTeams(
  db: Db,
  deps: Pick<ChangeDeps, 'newId' | 'now'>,
  by: By,
  memberId: string,
  wanted: readonly string[],
): Promise<Result<null>> {
  const { organizationId } = by.actor
  const found = await findTeams(db, organizationId, wanted)
  const errors = wanted.flatMap((name, at) =>
    found.has(name) ? [] : [{ pointer: `/teams/${at}`, detail: 'there is no such team' }],
  )
  if (errors.length > 0) return refuse('invalid', { detail: 'Some of the teams are not there.', errors })
  const teams = new Map([...found.values()].map((team) => [team.id, team]))
  for (const team of [...teams.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const managed = refusalOfManaged(by.actor, team)
    if (managed) return managed
    const held = (await membersOf(db, [{ organizationId, id: team.id }])).get(team.id) ?? []
    if (held.includes(memberId)) continue
    const after = { ...team, revision: team.revision + 1 }
    if (!(await updateTeamRow(db, organizationId, after))) return refuse('stale')
    await addToTeam(db, organizationId, team.id, [memberId])
    const [before, now] = [teamView(team, held), teamView(after, [...held, memberId].toSorted())]
    await recordTeam(db, deps, by, { action: 'team.updated', before, after: now })
  }
  return ok(null)
}
