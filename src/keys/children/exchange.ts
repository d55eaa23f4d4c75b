import type { Narrow } from '../../access/narrow/schema.ts'
import type { Call } from '../../access/schema.ts'
import type { Database, Db } from '../../db/database.ts'
import { ok, type Problem, type ProblemCode, type Result, refuse } from '../../problems.ts'
import type { Directory } from '../directory.ts'
import { refusalOf } from '../standing.ts'
import { findKey } from '../store.ts'
import { createHolderProof, type Holder, type HolderDeps } from './holder.ts'
import { type IssueDeps, type Issued, type Making, prepareChild } from './issue.ts'
import { lifeOf } from './life.ts'
import { audienceOf } from './token.ts'
import { resolveScope } from './wanted.ts'

/** The decision over this unit of work, for one holder at one place; control/access/ makes it, which stands above keys. */
export type Asked = {
  /** Why the holder may not come in at all; null: he may. */
  readonly refusedAtTheDoor: ProblemCode | null
  readonly may: (call: Call) => boolean
}
type Where = { readonly address: string; readonly gateway: string }

export type ExchangeDeps = HolderDeps &
  IssueDeps & {
    readonly read: Database['read']
    readonly transaction: Database['transaction']
    readonly directory: Pick<Directory, 'servers' | 'policies'>
    readonly ask: (db: Db, holder: Holder, where: Where) => Promise<Asked>
  }

/** A gateway, as its credential says, and where clients reach it. */
export type AskingGateway = {
  readonly id: string
  readonly publicUrl: string
  readonly serves: (organizationId: string) => boolean
}
export type TokenQuery = {
  readonly secret: string
  /** Null: none was asked for. */
  readonly scope: readonly string[] | null
  readonly ttlSeconds: number | null
  readonly address: string
  readonly requestId: string
}
/** `invalid_scope` is OAuth's (RFC 6749 §5.2); REST has no scopes, and so no code for it. */
export type Exchanged = Result<Issued> | typeof invalidScope
const invalidScope = { ok: false, problem: 'invalid_scope' } as const

/** A token for whoever holds a key, or a child of one, and asks a gateway for it: proved, decided, signed and written here. */
export const createExchange = (deps: ExchangeDeps) => {
  const prove = createHolderProof(deps)
  const prepare = prepareChild(deps)
  return async (gateway: AskingGateway, query: TokenQuery): Promise<Exchanged> => {
    const { secret, address, requestId } = query
    const audienceIn = (slug: string) => audienceOf(gateway.publicUrl, slug)
    const holder = await prove(secret, { serves: gateway.serves, audienceIn })
    if (!holder.ok) return holder
    const { key, child, version } = holder.value
    const where = { address, gateway: gateway.id }
    const planned = await deps.read(key.organization, (db) => plan(deps, db, holder.value, query, where))
    if (!planned.ok) return planned
    const by = { kind: 'key', id: key.id, name: key.name, address }
    const prepared = await prepare({ key, parent: child, version, by, requestId, ...planned.value })
    if (!prepared.ok) return prepared
    return deps.transaction(key.organization, async (db): Promise<Result<Issued>> => {
      // Asked again: signing took its time, and who is let in no longer has no token.
      const refusal = await noLonger(deps, db, holder.value, where)
      return refusal ?? prepared.value.write(db)
    })
  }
}

type Plan = Pick<Making, 'narrow' | 'seconds'>

async function plan(
  deps: ExchangeDeps,
  db: Db,
  holder: Holder,
  { scope, ttlSeconds }: TokenQuery,
  where: Where,
): Promise<Result<Plan> | typeof invalidScope> {
  const { organization } = holder.key
  const asked = await deps.ask(db, holder, where)
  if (asked.refusedAtTheDoor !== null) return refuse(asked.refusedAtTheDoor)
  const seconds = lifeOf(ttlSeconds ?? undefined, await deps.directory.policies(db, organization), '/ttl_seconds')
  if (!seconds.ok) return seconds
  if (seconds.value < 1) return refuse('invalid', { detail: 'A token lives for one second at least.' })
  const narrow = scope === null ? everything : await resolveScope(deps, db, organization, scope, asked.may)
  return narrow === null ? invalidScope : ok({ narrow, seconds: seconds.value })
}

/** Whatever its parent may. */
const everything: Narrow = {}

async function noLonger(
  { ask, now }: ExchangeDeps,
  db: Db,
  holder: Holder,
  where: Where,
): Promise<{ ok: false; problem: Problem } | null> {
  const { organization, id, epoch } = holder.key
  const key = (await findKey(db, organization, id))?.record
  if (!key || key.epoch !== epoch) return refuse('key_revoked')
  const code = holder.version === 0 ? null : refusalOf(key, holder.version, now())
  const { refusedAtTheDoor } = await ask(db, { ...holder, key }, where)
  const refusal = code ?? refusedAtTheDoor
  return refusal && refuse(refusal)
}
