import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Asked, ChangeDeps, Elsewhere } from '../deps.ts'
import { refusalOfManaged } from '../managed.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor, TeamView } from '../schema.ts'
import { findTeam, membersOf, takeFromTeam, updateTeamRow } from './store.ts'
import { teamView } from './view.ts'
import { recordTeam } from './write.ts'

type Removed = { readonly team: TeamView; readonly rowId: number }

/** The row stays as a tombstone, so that its id is never another team; nobody is in it, and its slug is free. */
export const removeTeam =
  (deps: ChangeDeps & Pick<Elsewhere, 'teamLeavesCatalogs' | 'usesOfTeam' | 'dropCapsOf'>) =>
  async (actor: Actor, asked: Asked): Promise<Result<{ team: TeamView; effect: Effect }>> => {
    const { organizationId } = actor
    const remove = async (db: Db): Promise<Result<Removed>> => {
      await holdPeople(db, organizationId)
      const row = await findTeam(db, organizationId, asked.id)
      if (!row) return refuse('not_found')
      const managed = refusalOfManaged(actor, row)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, row)) return refuse('stale')
      const refused = refuseWhileUsed(await deps.usesOfTeam(db, organizationId, row.id))
      if (refused) return refused
      // Before its slug changes: on PostgreSQL that locks out a catalog that is taking it in, and each would wait for the other.
      const catalogs = await deps.teamLeavesCatalogs(db, organizationId, row.id, deps.now())
      const members = (await membersOf(db, [{ organizationId, id: row.id }])).get(row.id) ?? []
      await takeFromTeam(db, organizationId, row.id, members)
      const tombstone = { ...row, slug: row.id, revision: row.revision + 1 }
      if (!(await updateTeamRow(db, organizationId, tombstone, 'deleted')))
        throw new Error(`Team ${row.id} was changed by somebody who does not hold the people of its organization`)
      await deps.dropCapsOf?.team(db, organizationId, row.id, deps.now())
      const team = teamView(row, members)
      const { requestId } = asked
      const rowId = await recordTeam(
        db,
        deps,
        { actor, requestId },
        { action: 'team.deleted', before: { ...team, catalogs } },
      )
      return ok({ team, rowId })
    }
    const done = await deps.transaction(organizationId, remove)
    if (!done.ok) return done
    const { team, rowId } = done.value
    return ok({ team, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }

function refuseWhileUsed({ keys, apps }: Awaited<ReturnType<Elsewhere['usesOfTeam']>>) {
  if (keys + apps === 0) return null
  const owns = [counted(keys, 'key'), counted(apps, 'app')].filter((text) => text !== null).join(' and ')
  const detail = `The team owns ${owns}. Revoke or delete its keys and give its apps another owner, or delete them, first.`
  return refuse('in_use', { detail })
}

const counted = (count: number, what: string): string | null =>
  count === 0 ? null : `${count} ${what}${count === 1 ? '' : 's'}`
