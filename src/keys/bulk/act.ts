import { z } from 'zod'
import { audited } from '../../audit/audited.ts'
import { announce } from '../../db/changes.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { Effect } from '../../fleet/schema.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import { deleteIn, revokeIn } from '../revoke.ts'
import { plainText, Tags } from '../schema.ts'
import type { StoredKey } from '../store.ts'
import { turnKey } from '../turn.ts'
import { type UpdateDeps, updateIn } from '../update.ts'

/**
 * As many keys as one unit of work changes: it holds the only writer meanwhile, and has a limit in time, which two
 * hundred on a busy PostgreSQL come near.
 */
export const perCommit = 50

const keys = z.array(z.string().max(200)).min(1).max(1000)
const waitMs = z.int().min(0).max(30_000).optional()
export const BulkInput = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.enum(['suspend', 'resume', 'revoke', 'delete']),
    keys,
    reason: plainText.optional(),
    waitMs,
  }),
  /** Adds to those that a key has. */
  z.strictObject({ action: z.literal('tag'), keys, tags: Tags.min(1), waitMs }),
])
type BulkInput = z.infer<typeof BulkInput>

const Outcome = z.strictObject({
  id: z.string(),
  ok: z.boolean(),
  code: z.string().optional(),
  detail: z.string().optional(),
})
type Outcome = z.infer<typeof Outcome>
/** One for each key that was named, in that order; `effect` is that of the last of the changes, which is that of all. */
export const BulkAnswer = z.strictObject({ results: z.array(Outcome), effect: Effect })

/** Null: it was so already, and nothing was written. */
type Change = { readonly rowId: number; readonly maxStalenessSeconds: number | null } | null
type Verb = (db: Db, actor: Actor, id: string, requestId: string) => Promise<Result<Change>>

/**
 * The same verbs as for one key, each with its audit event. In pieces: what has been committed stays when a later piece
 * fails, and whoever asks again changes nothing twice.
 */
export const actOnKeys =
  (deps: UpdateDeps) =>
  async (
    actor: Actor,
    input: BulkInput,
    asked: { readonly requestId: string; readonly waitMs: number },
  ): Promise<Result<z.infer<typeof BulkAnswer>>> => {
    const { organizationId } = actor
    const verb = verbOf(deps, input)
    const ids = [...new Set(input.keys)]
    const results: Outcome[] = []
    const changes: NonNullable<Change>[] = []
    for (let at = 0; at < ids.length; at += perCommit) {
      const piece = ids.slice(at, at + perCommit)
      const done = await untilCurrent(null, () =>
        deps.transaction(organizationId, async (db) => ok(await each(db, actor, piece, verb, asked.requestId))),
      )
      if (!done.ok) return done
      results.push(...done.value.map(({ outcome }) => outcome))
      changes.push(...done.value.flatMap(({ change }) => change ?? []))
    }
    return ok({ results, effect: await effectOf(deps, organizationId, changes, input.waitMs ?? asked.waitMs) })
  }

/** A refusal of one key is its outcome, and the others go on: every verb looks before it writes. */
async function each(db: Db, actor: Actor, ids: readonly string[], verb: Verb, requestId: string) {
  const done: { readonly outcome: Outcome; readonly change: Change }[] = []
  for (const id of ids) {
    let result = await verb(db, actor, id, requestId)
    // Somebody has changed it in between; what he has committed is seen now.
    for (let again = 1; isStale(result) && again < triesAtMost; again += 1)
      result = await verb(db, actor, id, requestId)
    if (result.ok) done.push({ outcome: { id, ok: true }, change: result.value })
    else {
      const { code, detail } = result.problem
      done.push({ outcome: { id, ok: false, code, ...(detail === undefined ? {} : { detail }) }, change: null })
    }
  }
  return done
}

const triesAtMost = 3
const isStale = (result: Result<unknown>): boolean => !result.ok && result.problem.code === 'stale'

function verbOf(deps: UpdateDeps, input: BulkInput): Verb {
  if (input.action === 'tag') return tagging(deps, input.tags)
  const { action, reason } = input
  if (action === 'suspend') return turning(deps, 'suspended', reason)
  if (action === 'resume') return turning(deps, 'active', reason)
  const end = action === 'revoke' ? revokeIn(deps) : deleteIn(deps)
  return async (db, actor, id, requestId) => {
    const ended = await end(db, actor, { id, reason, ifMatch: null, requestId })
    return ended.ok ? ok(changeOf(ended.value.key, ended.value.change)) : ended
  }
}

const turning =
  (deps: UpdateDeps, to: 'suspended' | 'active', reason: string | undefined): Verb =>
  async (db, actor, id, requestId) => {
    const held = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
    if (!held || !isThere(held.record)) return refuse('not_found')
    const turned = await turnKey(deps, db, held, { to, reason, requestId, actor: audited(actor) })
    if (!turned.ok) return turned
    return ok(changeOf(held, await announce(db, actor.organizationId, { kind: 'key', id, at: deps.now() })))
  }

const tagging = (deps: UpdateDeps, tags: readonly string[]): Verb => {
  const update = updateIn(deps)
  return async (db, actor, id, requestId) => {
    const held = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
    if (!held || !isThere(held.record)) return refuse('not_found')
    const worn = [...new Set([...held.tags, ...tags])]
    if (worn.length === held.tags.length && held.record.state !== 'revoked') return ok(null)
    if (!Tags.safeParse(worn).success)
      return refuse('invalid', { detail: 'It would have more tags than a key may have.' })
    const updated = await update(db, actor, { id, ifMatch: null, requestId }, { tags: worn })
    return updated.ok ? ok(changeOf(updated.value.before, updated.value.rowId)) : updated
  }
}

const changeOf = ({ record }: StoredKey, rowId: number): Change => ({
  rowId,
  maxStalenessSeconds: record.maxStalenessSeconds,
})

/** Rows are numbered in their order, so a gateway that has heard of the last has heard of all. */
async function effectOf(
  deps: UpdateDeps,
  organizationId: string,
  changes: readonly NonNullable<Change>[],
  wait: number,
): Promise<Effect> {
  const last = changes.at(-1)
  if (!last) return { acked: [], pending: [], effectiveEverywhereBy: new Date(deps.now()).toISOString() }
  const own = changes.map((change) => change.maxStalenessSeconds)
  // The longest that any of them may be decided without contact; where one says nothing, its organization's.
  const longest = own.reduce((one, other) => (one === null || other === null ? null : Math.max(one, other)))
  return deps.effectOf(organizationId, last.rowId, wait, longest)
}
