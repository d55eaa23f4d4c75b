import type { Database } from '../db/database.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { rightsOf } from './may.ts'
import type { Actor, MeView } from './schema.ts'
import { findOrganization } from './store.ts'

export async function me({ read }: { readonly read: Database['read'] }, actor: Actor): Promise<Result<MeView>> {
  const organization = await read(actor.organizationId, (db) => findOrganization(db, actor.organizationId))
  if (!organization) return refuse('not_found')
  const { id, slug, name } = organization
  return ok({
    kind: actor.kind,
    member: { id: actor.memberId, name: actor.name, role: actor.role },
    organization: { id, slug, name },
    operator: actor.operator,
    credential: actor.credentialId,
    scopes: [...actor.scopes],
    rights: rightsOf(actor),
  })
}
