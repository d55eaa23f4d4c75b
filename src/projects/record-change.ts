import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import type { ProjectDeps } from './deps.ts'
import type { Project } from './store.ts'
import { viewOf } from './view.ts'

export type Happened = {
  readonly action: 'project.created' | 'project.updated' | 'project.deleted'
  readonly before?: Project
  readonly after?: Project
  /** What else the event says. */
  readonly more?: object
}

/** Audit event and news of one change, beside its row; answers the row of the news. */
export async function recordChange(
  deps: Pick<ProjectDeps, 'newId' | 'now'>,
  db: Db,
  actor: Actor,
  requestId: string,
  project: Project,
  { action, before, after, more }: Happened,
): Promise<number> {
  const at = deps.now()
  await insertEvent(db, actor.organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action,
    subject: { kind: 'project', id: project.id, name: project.name },
    ...(before && { before: viewOf(before) }),
    ...(after && { after: { ...viewOf(after), ...more } }),
  })
  return announce(db, actor.organizationId, { kind: 'project', id: project.id, at })
}
