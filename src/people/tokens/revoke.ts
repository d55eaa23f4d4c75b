import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Database } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { mayActFor, reachOf } from '../may.ts'
import type { Actor, ManagementTokenView } from '../schema.ts'
import { findFormerMember } from '../store.ts'
import { findManagementToken, markTokenRevoked } from './store.ts'
import { viewOf } from './view.ts'

type Deps = {
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

/** Final, and the same answer again for one that is revoked already. It bites with the next call: control reads live. */
export const revokeManagementToken =
  (deps: Deps) =>
  (actor: Actor, id: string, requestId: string): Promise<Result<{ managementToken: ManagementTokenView }>> =>
    deps.transaction(actor.organizationId, async (db) => {
      const token = await findManagementToken(db, actor.organizationId, id)
      const member = token && (await findFormerMember(db, actor.organizationId, token.memberId))
      const isOwn = token?.memberId === actor.memberId
      // B22: to a member, somebody else's token does not exist.
      if (!token || !member || (!isOwn && reachOf(actor.role, 'management-tokens:write') === 'own'))
        return refuse('not_found')
      if (!isOwn && !mayActFor(actor.role, member.role)) return refuse('not_permitted')
      const at = deps.now()
      if (!(await markTokenRevoked(db, actor.organizationId, id, at))) return ok({ managementToken: viewOf(token) })
      await insertEvent(db, actor.organizationId, {
        id: deps.newId('evt'),
        at,
        requestId,
        actor: audited(actor),
        action: 'management-token.revoked',
        subject: { kind: 'management-token', id, name: token.name },
        before: { revokedAt: null },
        after: { revokedAt: new Date(at).toISOString() },
      })
      return ok({ managementToken: viewOf({ ...token, revokedAt: at }) })
    })
