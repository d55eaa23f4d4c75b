import type { AccessRequestDeps } from '../access-requests/deps.ts'
import { endRequests } from '../access-requests/over.ts'
import type { BudgetDeps } from '../budgets/deps.ts'
import { topUpIn } from '../budgets/update.ts'
import { announce } from '../db/changes.ts'
import type { Directory } from '../keys/directory.ts'
import { keyWithinReach } from '../keys/owner.ts'
import { touchKey } from '../keys/records/store.ts'
import { newId } from '../keys/token.ts'
import { touchMember } from '../people/grants/store.ts'
import { createIsGranted } from './access-request-granted.ts'
import { createSubjects } from './access-request-subjects.ts'
import { budgetLinks } from './budget-links.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { World } from './world.ts'

type Base = Pick<BudgetDeps, 'read' | 'transaction' | 'newId' | 'now' | 'effectOf'>

/** What requests for access need of other domains. */
export const accessRequestLinks = (base: Base, directory: Directory): AccessRequestDeps => {
  const topUp = topUpIn({ ...base, ...budgetLinks(directory) })
  return {
    ...base,
    keyFor: async (db, actor, id) => {
      const key = await keyWithinReach(directory, db, actor, 'keys:write', id)
      if (!key || (key.record.state !== 'active' && key.record.state !== 'suspended')) return null
      const { id: keyId, name, owner } = key.record
      return { type: 'key', id: keyId, name, ownerId: owner.id }
    },
    subjectFor: createSubjects(base),
    isGranted: createIsGranted({ directory, now: base.now }),
    renew,
    topUp: async (db, actor, { budget, usd, note, requestId }) => {
      const done = await topUp(db, actor, { id: budget, ifMatch: null, requestId }, { usd, note })
      return done.ok ? { ok: true, value: done.value.rowId } : done
    },
  }
}

const renew: AccessRequestDeps['renew'] = async (db, organizationId, { type, id }, at) => {
  const touch = type === 'key' ? touchKey : touchMember
  return (await touch(db, organizationId, id)) ? announce(db, organizationId, { kind: type, id, at }) : null
}

export const accessRequestJobs = ({ now, randomBytes }: World, { database }: Store): Job[] => {
  const { system, transaction } = database
  const deps = { system, transaction, now, renew, newId: (prefix: string) => newId(prefix, randomBytes) }
  return [{ name: 'end what was granted for a time', everyMs: 10_000, run: endRequests(deps) }]
}
