import type { Db } from '../../db/database.ts'
import { liveNamed } from '../../db/named.ts'
import { defaultProject, type Project, projectColumns, projectOf } from '../store.ts'

/**
 * The live project by id or slug, as it stays until this unit of work ends: nobody deletes it, moves it to another tier
 * or takes the default from it meanwhile. Whoever puts something into a project, or encrypts for its tier, holds it
 * first; on PostgreSQL it would otherwise come into a project that is being deleted, with a secret for the tier before.
 * A write that changes nothing, since SQLite has no `select … for update`.
 */
export async function holdProject(db: Db, organizationId: string, idOrSlug: string): Promise<Project | null> {
  const row = await db
    .updateTable('projects')
    .set((is) => ({ revision: is.ref('revision') }))
    .where(liveNamed(organizationId, [idOrSlug]))
    .returning(projectColumns)
    .executeTakeFirst()
  return row ? projectOf(row) : null
}

/** The default project, held: while one waits for it, another one may have become it. */
export async function holdDefaultProject(db: Db, organizationId: string): Promise<Project> {
  for (let attempt = 1; attempt <= attemptsAtMost; attempt += 1) {
    const { id } = await defaultProject(db, organizationId)
    const held = await holdProject(db, organizationId, id)
    if (held?.isDefault) return held
  }
  throw new Error('The default project changes faster than it can be read')
}
const attemptsAtMost = 10
