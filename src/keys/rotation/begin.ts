import { audited } from '../../audit/audited.ts'
import type { Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Claim, OfferClaim } from '../claims/offer.ts'
import { withdrawClaims } from '../claims/store.ts'
import type { StoredKey } from '../store.ts'
import {
  adding,
  currentOf,
  cut,
  drainingFrom,
  ending,
  endOf,
  type Fresh,
  nextVersionOf,
  oldEndsAt,
  type Terms,
} from './plan.ts'
import { insertRotation, openRotation, type Rotation, updateRotation } from './store.ts'
import { isoOrNull, type WriteDeps, writeTurn } from './write.ts'

export type Begin = {
  readonly actor: Actor
  readonly before: StoredKey
  readonly requestId: string
  readonly terms: Terms
  /** Null: the key's owner reveals it himself, with a link; then `offerClaim` makes one. */
  readonly fresh: Fresh | null
}
export type Begun = {
  readonly key: StoredKey
  readonly rowId: number
  readonly rotation: Rotation
  readonly claim: Claim | null
}

/** Inside a unit of work; `stale` when the key has changed since it was read. Ends a rotation that is under way. */
export async function begin(
  deps: WriteDeps & { readonly offerClaim: OfferClaim },
  db: Db,
  asked: Begin,
): Promise<Result<Begun>> {
  const { actor, before, requestId, fresh } = asked
  const { organization: organizationId, id: keyId } = before.record
  const at = deps.now()
  const { after, rotation } = planned(asked, deps.newId('rot'), at)
  const told = {
    action: 'key.rotated',
    before: { version: rotation.from },
    after: {
      version: fresh?.version ?? null,
      mode: rotation.mode,
      rotation: rotation.id,
      previousEndsAt: isoOrNull(endOf(after, rotation.from)),
    },
  } as const
  const by = { actor: audited(actor), requestId }
  const written = await writeTurn(deps, db, by, { before, after, told })
  if (!written.ok) return written
  if (!(await endOpen(db, organizationId, keyId, at))) return refuse('stale')
  await withdrawClaims(db, organizationId, keyId, at)
  if (!(await insertRotation(db, rotation))) return refuse('stale')
  const claim = fresh ? null : await deps.offerClaim(db, { organizationId, keyId, actor, requestId })
  return ok({ ...written.value, rotation, claim })
}

/** Pure. */
function planned({ actor, before, terms, fresh }: Begin, id: string, at: number) {
  const from = currentOf(before, at)
  const until = oldEndsAt(terms, fresh !== null, at)
  const ended = ending(before, at, from, until)
  const isCut = terms.mode === 'immediate'
  const old = isCut ? cut(ended) : ended
  const draft: Rotation = {
    organizationId: before.record.organization,
    id,
    keyId: before.record.id,
    mode: terms.mode,
    state: 'planned',
    from,
    to: fresh?.version ?? nextVersionOf(before),
    startedAt: at,
    startedBy: audited(actor).id,
    graceSeconds: isCut ? 0 : terms.graceSeconds,
    deadlineAt: isCut ? null : endOf(ended, from),
    silentSeconds: terms.silentSeconds,
    firstUsedAt: null,
    endedAt: null,
    webhookId: null,
    attempts: 0,
    nextAt: null,
    actedAt: null,
    boot: null,
    lastError: null,
    revision: 1,
  }
  if (!fresh) return { after: old, rotation: draft }
  return { after: adding(old, fresh, at), rotation: drainingFrom(draft, draft.deadlineAt, at) }
}

/** What was under way ends with the next rotation; one that had made no secret yet has not happened. */
export async function endOpen(db: Db, organizationId: string, keyId: string, at: number): Promise<boolean> {
  const open = await openRotation(db, organizationId, keyId)
  if (!open) return true
  const isReal = open.state === 'draining'
  return updateRotation(db, {
    ...open,
    state: isReal ? 'finished' : 'undone',
    endedAt: at,
    nextAt: null,
    boot: null,
    lastError: isReal ? open.lastError : 'Another rotation of the key has begun.',
    revision: open.revision + 1,
  })
}
