import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { adding, currentOf, drainingFrom, endingAt, endOf, nextVersionOf } from '../rotation/plan.ts'
import { next } from '../rotation/steer.ts'
import { openRotation, type Rotation, updateRotation } from '../rotation/store.ts'
import { type By, type WriteDeps, writeTurn } from '../rotation/write.ts'
import type { StoredSecret } from '../schema.ts'
import type { StoredKey } from '../store.ts'

type Asked = { readonly by: By; readonly claimId: string; readonly before: StoredKey }
type Made = { readonly key: StoredKey; readonly version: number; readonly rowId: number }

/** The first secret of the key, or the next one of a rotation that has waited for its owner. */
export async function fulfil(
  deps: WriteDeps,
  db: Db,
  { by, claimId, before }: Asked,
  stored: StoredSecret,
): Promise<Result<Made>> {
  const { organization, id } = before.record
  const at = deps.now()
  const open = await openRotation(db, organization, id)
  const waiting = open?.state === 'planned' && open.webhookId === null ? open : null
  // Nobody waits for a secret: another one was made since the link was.
  if (!waiting && currentOf(before, at) !== null) return refuse('not_found')
  const version = nextVersionOf(before)
  const { after, rotation } = turned(before, waiting, { ...stored, version }, at)
  const told = { action: 'key.claimed', after: { version, claim: claimId, rotation: waiting?.id ?? null } } as const
  const written = await writeTurn(deps, db, by, { before, after, told })
  if (!written.ok) return written
  if (rotation && !(await updateRotation(db, rotation))) return refuse('stale')
  return ok({ ...written.value, version })
}

/** Pure: with the new secret in its owner's hands the grace of the old one begins. */
function turned(
  before: StoredKey,
  waiting: Rotation | null,
  fresh: StoredSecret & { readonly version: number },
  at: number,
): { after: StoredKey; rotation: Rotation | null } {
  if (!waiting) return { after: adding(before, fresh, at), rotation: null }
  const deadlineAt = endOf(before, waiting.from)
  const graceAt = waiting.mode === 'grace' ? at + waiting.graceSeconds * 1000 : Number.MAX_SAFE_INTEGER
  const endsAt = deadlineAt === null ? null : Math.min(deadlineAt, graceAt)
  const old = endingAt(before, waiting.from, endsAt)
  const drained = drainingFrom({ ...next(waiting), to: fresh.version }, endsAt, at)
  return { after: adding(old, fresh, at), rotation: drained }
}
