import { uniqueSlug, untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Asked, ChangeDeps, Elsewhere } from '../deps.ts'
import { managedAfter, refusalOfManaged } from '../managed.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor, TeamPatch, TeamView } from '../schema.ts'
import { addToTeam, findTeam, membersOf, type Team, takeFromTeam, updateTeamRow } from './store.ts'
import { teamView } from './view.ts'
import { recordTeam, resolveMembers } from './write.ts'

type Changed = { readonly team: TeamView; readonly rowId: number }

export const updateTeam =
  (deps: ChangeDeps & Pick<Elsewhere, 'renameOwner'>) =>
  async (actor: Actor, asked: Asked, patch: TeamPatch): Promise<Result<{ team: TeamView; effect: Effect }>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<Changed>> => {
      await holdPeople(db, organizationId)
      const row = await findTeam(db, organizationId, asked.id)
      if (!row) return refuse('not_found')
      const managed = refusalOfManaged(actor, row)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, row)) return refuse('stale')
      const held = (await membersOf(db, [{ organizationId, id: row.id }])).get(row.id) ?? []
      const wanted =
        patch.members === undefined ? ok(held) : await resolveMembers(db, organizationId, patch.members ?? [])
      if (!wanted.ok) return wanted
      const after = { ...patched(row, patch), managedBy: managedAfter(actor, patch) }
      if (!(await updateTeamRow(db, organizationId, after))) return refuse('stale')
      if (after.name !== row.name) await deps.renameOwner(db, organizationId, row.id, after.name)
      await addToTeam(db, organizationId, row.id, without(wanted.value, held))
      await takeFromTeam(db, organizationId, row.id, without(held, wanted.value))
      const [before, team] = [teamView(row, held), teamView(after, wanted.value)]
      const { requestId } = asked
      const rowId = await recordTeam(db, deps, { actor, requestId }, { action: 'team.updated', before, after: team })
      return ok({ team, rowId })
    }
    const write = () => uniqueSlug('team', patch.slug, () => deps.transaction(organizationId, change))
    const done = await untilCurrent(asked.ifMatch, write)
    if (!done.ok) return done
    const { team, rowId } = done.value
    return ok({ team, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }

function patched(before: Team, { slug = before.slug, name }: TeamPatch): Team {
  return { ...before, slug, name: name === undefined ? before.name : (name ?? slug), revision: before.revision + 1 }
}

function without(ids: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others)
  return ids.filter((id) => !known.has(id))
}
