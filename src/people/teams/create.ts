import { uniqueSlug } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { settleMs } from '../../http/lists.ts'
import { ok, type Result } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor, NewTeam, TeamView } from '../schema.ts'
import { addToTeam, insertTeam, type Team } from './store.ts'
import { teamView } from './view.ts'
import { recordTeam, resolveMembers } from './write.ts'

export const createTeam =
  (deps: ChangeDeps) =>
  async (actor: Actor, input: NewTeam, requestId: string): Promise<Result<{ team: TeamView }>> => {
    const { organizationId } = actor
    const { slug } = input
    const insert = async (db: Db): Promise<Result<{ team: TeamView; rowId: number }>> => {
      // Nobody is removed between the look at him and his place in the team.
      await holdPeople(db, organizationId)
      const members = await resolveMembers(db, organizationId, input.members ?? [])
      if (!members.ok) return members
      const id = deps.newId('team')
      const managedBy = actor.configuration ?? null
      const row: Team = { id, slug, name: input.name ?? slug, managedBy, createdAt: deps.now(), revision: 1 }
      await insertTeam(db, organizationId, row)
      await addToTeam(db, organizationId, id, members.value)
      const team = teamView(row, members.value)
      const rowId = await recordTeam(db, deps, { actor, requestId }, { action: 'team.created', after: team })
      return ok({ team, rowId })
    }
    const done = await uniqueSlug('team', slug, () => deps.transaction(organizationId, insert))
    if (!done.ok) return done
    await deps.effectOf(organizationId, done.value.rowId, settleMs)
    return ok({ team: done.value.team })
  }
