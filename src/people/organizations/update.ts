import { audited } from '../../audit/audited.ts'
import type { AuditAction } from '../../audit/schema.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import { uniqueSlug, untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { matchesEtag } from '../../http/etag.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type Asked, type ChangeDeps, writing } from '../deps.ts'
import { refusalOfManaged } from '../managed.ts'
import type { Actor, OrganizationPatch, OrganizationView } from '../schema.ts'
import { findOrganization, type OrganizationRow } from '../store.ts'
import { updateOrganizationRow } from './store.ts'
import { organizationView } from './view.ts'

/** `null`: back to it. */
const standardSeconds = 60

export const updateOrganization =
  (deps: ChangeDeps) =>
  async (
    actor: Actor,
    asked: Asked,
    patch: OrganizationPatch,
  ): Promise<Result<{ organization: OrganizationView; effect: Effect }>> => {
    const seconds = patch.maxStalenessSeconds
    const done = await changeOrganization(deps, actor, asked, {
      action: 'organization.updated',
      slug: patch.slug,
      isAboutPolicies: seconds !== undefined,
      apply: async (before) =>
        ok({
          ...before,
          slug: patch.slug ?? before.slug,
          name: patch.name ?? before.name,
          maxStalenessSeconds: seconds === undefined ? before.maxStalenessSeconds : (seconds ?? standardSeconds),
        }),
      audit: organizationView,
    })
    if (!done.ok) return done
    return ok({ organization: organizationView(done.value.after), effect: done.value.effect })
  }

type Change = {
  readonly action: AuditAction
  readonly slug: string | undefined
  /** Of an organization a configuration manages its policies alone. */
  readonly isAboutPolicies: boolean
  /** In the unit of work that writes it. */
  readonly apply: (before: OrganizationRow, db: Db) => Promise<Result<OrganizationRow>>
  readonly audit: (organization: OrganizationRow) => object
}
type Changed = { readonly before: OrganizationRow; readonly after: OrganizationRow; readonly rowId: number }

export async function changeOrganization(
  deps: ChangeDeps,
  actor: Actor,
  asked: Asked,
  { action, slug, isAboutPolicies, apply, audit }: Change,
): Promise<Result<{ after: OrganizationRow; effect: Effect }>> {
  const work = async (db: Db): Promise<Result<Changed>> => {
    const before = await findOrganization(db, asked.id)
    if (!before || !isOpenTo(actor, before.id)) return refuse('not_found')
    const managed = isAboutPolicies ? refusalOfManaged(actor, before) : null
    if (managed) return managed
    if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
    const planned = await apply(before, db)
    if (!planned.ok) return planned
    const after = { ...planned.value, revision: before.revision + 1 }
    if (!(await updateOrganizationRow(db, after))) return refuse('stale')
    const at = deps.now()
    await insertEvent(db, after.id, {
      id: deps.newId('evt'),
      at,
      requestId: asked.requestId,
      actor: audited(actor),
      action,
      subject: { kind: 'organization', id: after.id, name: after.name },
      before: audit(before),
      after: audit(after),
    })
    const rowId = await announce(db, after.id, { kind: 'organization', id: after.id, at })
    return ok({ before, after, rowId })
  }
  const write = () => uniqueSlug('organization', slug, () => writing(deps, actor)(work))
  const done = await untilCurrent(asked.ifMatch, write)
  if (!done.ok) return done
  const { before, after, rowId } = done.value
  // A gateway that has not heard of it decides for as long as it was allowed to before.
  const { maxStalenessSeconds: former } = before
  return ok({ after, effect: await deps.effectOf(after.id, rowId, asked.waitMs, null, former) })
}

/** To others than the operator there is one organization. */
export const isOpenTo = (actor: Actor, organizationId: string): boolean =>
  actor.operator || organizationId === actor.organizationId
