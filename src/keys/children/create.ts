import { audited } from '../../audit/audited.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Directory } from '../directory.ts'
import { factsFor } from '../facts.ts'
import { revokedIsFinal } from '../final.ts'
import { isRevealedTo, isThere, keyWithinReach, refuseAbove } from '../owner.ts'
import { standing } from '../standing.ts'
import type { StoredKey } from '../store.ts'
import { type IssueDeps, type Issued, type Making, prepareChild } from './issue.ts'
import { lifeOf } from './life.ts'
import { type Beyond, planNarrow, refuseLong } from './narrow.ts'
import type { NewChild } from './schema.ts'

export type CreateChildDeps = IssueDeps & {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly directory: Directory
  readonly beyond: Beyond
}
type Request = { readonly key: string; readonly requestId: string }

/** A token for whoever manages the key; whoever only holds it asks a gateway (exchange.ts). */
export const createChild = (deps: CreateChildDeps) => {
  const prepare = prepareChild(deps)
  return (actor: Actor, { key: id, requestId }: Request, input: NewChild): Promise<Result<Issued>> => {
    const { organizationId } = actor
    const long = input.narrow && refuseLong(input.narrow)
    if (long) return Promise.resolve(long)
    return untilCurrent(null, async () => {
      const planned = await deps.read(organizationId, (db) => plan(deps, db, actor, id, input))
      if (!planned.ok) return planned
      const prepared = await prepare({ ...planned.value, requestId })
      if (!prepared.ok) return prepared
      return deps.transaction(organizationId, async (db): Promise<Result<Issued>> => {
        // Asked again: signing took its time, and a key that was cut meanwhile has nobody's token.
        const still = await issuable(deps, db, actor, id)
        if (!still.ok) return still
        if (still.value.record.epoch !== planned.value.key.epoch) return refuse('stale')
        return prepared.value.write(db)
      })
    })
  }
}

async function plan(
  deps: CreateChildDeps,
  db: Db,
  actor: Actor,
  id: string,
  { ttlSeconds, narrow = {} }: NewChild,
): Promise<Result<Omit<Making, 'requestId'>>> {
  const held = await issuable(deps, db, actor, id)
  if (!held.ok) return held
  const { record: key } = held.value
  const seconds = lifeOf(ttlSeconds, await deps.directory.policies(db, key.organization), '/ttlSeconds')
  if (!seconds.ok) return seconds
  const asking = { actor, owner: { type: key.owner.type, project: null }, before: key.scope }
  const names = await factsFor(deps.directory, db, asking, { mcp: narrow.mcp, llm: narrow.llm })
  const planned = planNarrow(narrow, names, { scope: key.scope, narrows: [] }, deps.beyond)
  if (!planned.ok) return planned
  return ok({ key, parent: null, narrow: planned.value, seconds: seconds.value, version: 0, by: audited(actor) })
}

/** A key of which this actor may have tokens now. */
async function issuable(
  { directory, now }: Pick<CreateChildDeps, 'directory' | 'now'>,
  db: Db,
  actor: Actor,
  id: string,
): Promise<Result<StoredKey>> {
  const key = await keyWithinReach(directory, db, actor, 'keys:write', id)
  if (!key || !isThere(key.record)) return refuse('not_found')
  const { organization, owner: named } = key.record
  const owner = await directory.owner(db, organization, { type: named.type, id: named.id })
  if (!owner) return refuse('invalid', { detail: 'The owner of the key is no longer there, so it opens nothing.' })
  if (!isRevealedTo(actor, owner)) return foreign
  return refuseAbove(actor, owner) ?? refusalOf(key, now()) ?? ok(key)
}

/** Pure: a token of a key that is refused everywhere is refused everywhere, so there is none. */
export function refusalOf({ record }: StoredKey, now: number): ReturnType<typeof refuse> | null {
  if (record.tokenKind === 'u')
    return refuse('invalid', { detail: 'A URL key has no tokens: it is for clients that take nothing but a URL.' })
  if (record.honey) return refuse('invalid', { detail: 'A honey key has no tokens: it is never admitted.' })
  switch (standing(record, now)) {
    case 'usable':
      return null
    case 'suspended':
      return refuse('invalid', { detail: `The key is inactive. Resume it first: POST /keys/${record.id}/resume.` })
    case 'expired':
      return refuse('invalid', { detail: 'The key has expired. Give it a later end first.' })
    case 'revoked':
    case 'deleted':
      return revokedIsFinal(record.id)
  }
}

const foreign = refuse('not_permitted', {
  detail: 'A token acts with the rights of the owner of its key, so for a key of a person that person alone makes one.',
})
