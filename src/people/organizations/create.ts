import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { uniqueSlug } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { settleMs } from '../../http/lists.ts'
import { ok, type Result } from '../../problems.ts'
import type { PeopleDeps } from '../deps.ts'
import type { Actor, NewOrganization, OrganizationView } from '../schema.ts'
import { writeSetupCode } from '../setup.ts'
import { findOrganization } from '../store.ts'
import { foundOrganization } from './found.ts'
import { organizationView } from './view.ts'

type Created = { readonly organization: OrganizationView; readonly setupUrl: string }

/** With all that an organization begins with; the link in the answer is the one way in for its owner. */
export const createOrganization =
  (deps: PeopleDeps) =>
  async (actor: Actor, input: NewOrganization, requestId: string): Promise<Result<Created>> => {
    const { slug, name } = input
    const found = async (db: Db) => {
      const at = deps.now()
      const owner = { ...input.owner, isOperator: false }
      const founded = await foundOrganization(db, deps, { slug, name, isDefault: false, owner, at })
      const { organizationId } = founded
      const code = await writeSetupCode(db, deps, organizationId, founded.owner.id)
      const row = await findOrganization(db, organizationId)
      if (!row) throw new Error(`Organization ${organizationId} is not there right after it was written`)
      const organization = organizationView(row)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at,
        requestId,
        actor: audited(actor),
        action: 'organization.created',
        subject: { kind: 'organization', id: organizationId, name },
        after: {
          ...organization,
          project: founded.project,
          catalog: founded.catalog,
          owner: { id: founded.owner.id, ...input.owner },
        },
      })
      return ok({ organization, code, rowId: founded.rowId })
    }
    const done = await uniqueSlug('organization', slug, () => deps.system.transaction(found))
    if (!done.ok) return done
    const { organization, code, rowId } = done.value
    await deps.effectOf(organization.id, rowId, settleMs)
    return ok({ organization, setupUrl: deps.setupUrl(code) })
  }
