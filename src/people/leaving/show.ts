import { ok, type Result, refuse } from '../../problems.ts'
import type { ChangeDeps } from '../deps.ts'
import { covers, reachOf } from '../may.ts'
import { findPerson } from '../members/store.ts'
import type { Actor } from '../schema.ts'
import type { LeavingDeps } from './deps.ts'
import type { LeavingView } from './schema.ts'
import { matesOf, teamsAround } from './store.ts'

const shownAtMost = 20

/** What hangs on this person, and who might take it over. */
export const showLeaving =
  (deps: Pick<ChangeDeps, 'read'> & LeavingDeps) =>
  (actor: Actor, id: string): Promise<Result<LeavingView>> =>
    deps.read(actor.organizationId, async (db): Promise<Result<LeavingView>> => {
      const { organizationId, role, scopes } = actor
      if (reachOf(role, 'members:read') === 'own' && id !== actor.memberId) return refuse('not_found')
      if (!covers(scopes, 'keys:read') || !covers(scopes, 'apps:read'))
        return refuse('not_permitted', { detail: 'To see what somebody owns, a token needs keys:read and apps:read.' })
      const person = await findPerson(db, organizationId, id)
      if (!person) return refuse('not_found')
      return ok({
        member: { id: person.id, name: person.name, state: person.state },
        ...(await deps.leaving.owned(db, organizationId, id, shownAtMost)),
        heirs: {
          teams: await teamsAround(db, organizationId, id, shownAtMost),
          members: await matesOf(db, organizationId, id, shownAtMost),
        },
      })
    })
