import { audited } from '../../audit/audited.ts'
import type { AuditAction } from '../../audit/schema.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { liveMembers } from '../members/store.ts'
import type { Actor, TeamView } from '../schema.ts'

/** As many as one answer lists. */
const errorsShown = 100

/** Ids as given, each once: all of them members of this organization now, or a refusal that points at those who are not. */
export async function resolveMembers(
  db: Db,
  organizationId: string,
  given: readonly string[],
): Promise<Result<string[]>> {
  const ids = [...new Set(given)]
  const found = await liveMembers(db, organizationId, ids)
  const errors = given.flatMap((id, at) =>
    found.has(id) ? [] : [{ pointer: `/members/${at}`, detail: 'there is no such member' }],
  )
  if (errors.length === 0) return ok(ids.toSorted())
  return refuse('invalid', { detail: 'Some of the members are not there.', errors: errors.slice(0, errorsShown) })
}

/** A deleted one also with the catalogs that it was in. */
type Former = TeamView & { readonly catalogs?: readonly string[] }
type Told = { readonly action: AuditAction; readonly before?: Former; readonly after?: TeamView }

/** The event and the news; answers the row of the news. */
export async function recordTeam(
  db: Db,
  deps: Pick<ChangeDeps, 'newId' | 'now'>,
  { actor, requestId }: { readonly actor: Actor; readonly requestId: string },
  { action, before, after }: Told,
): Promise<number> {
  const { organizationId } = actor
  const subject = after ?? before
  if (!subject) throw new Error('A change of a team is a change of one that was or is there')
  const at = deps.now()
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action,
    subject: { kind: 'team', id: subject.id, name: subject.name },
    before,
    after,
  })
  return announce(db, organizationId, { kind: 'team', id: subject.id, at })
}
