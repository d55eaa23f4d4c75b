import type { Narrow } from '../../access/narrow/schema.ts'
import { insertEvent, type NewEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { KeyRecord } from '../schema.ts'
import { spanOf } from './life.ts'
import type { Signer } from './signing.ts'
import { type Child, deepest } from './standing.ts'
import { hasLiveChildren, insertChild, type StoredChild } from './store.ts'

export type IssueDeps = {
  readonly sign: Signer['sign']
  /** Control's public URL. */
  readonly issuer: () => string
  /** Whom tokens for keys of the organization are for: each of its gateways (token.ts `audienceOf`). */
  readonly audienceOf: (organizationId: string) => Promise<readonly string[]>
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

/** What a token is made of. The key is usable and the asker may have one: whoever issues has asked. */
export type Making = {
  readonly key: KeyRecord
  /** The child that it is made of, and whatever that descends from; null: the key itself. */
  readonly parent: Child | null
  readonly narrow: Narrow
  readonly seconds: number
  /** Of the secret that asks; 0: whoever manages the key does. */
  readonly version: number
  readonly by: NewEvent['actor']
  readonly requestId: string
}

export type Issued = { readonly child: StoredChild; readonly token: Secret }
export type PreparedChild = Issued & {
  /** Inside a unit of work: the row and its audit event. Gateways hear nothing: the token says all that they have to know. */
  readonly write: (db: Db) => Promise<Result<Issued>>
}

/** So many tokens of one key may be good at once: a program that makes one for each call has misread something. */
export const livePerKey = 10_000

/** Signed before the unit of work that writes it: a token without a row is no harm, since nobody has it. */
export const prepareChild =
  (deps: IssueDeps) =>
  async (making: Making): Promise<Result<PreparedChild>> => {
    const { key, parent, seconds } = making
    const ancestors = parent === null ? [] : [...parent.ancestors, parent.id]
    if (ancestors.length >= deepest) return tooDeep
    const span = spanOf(seconds, parent === null ? [key] : [key, parent], deps.now())
    if (!span.ok) return span
    const aud = await deps.audienceOf(key.organization)
    if (aud.length === 0) return noGateway
    const child = childRow(making, deps.newId('chd'), ancestors, span.value)
    const token = await deps.sign({
      iss: deps.issuer(),
      aud: [...aud],
      sub: key.id,
      client_id: key.id,
      jti: child.id,
      iat: child.issuedAt / 1000,
      exp: child.expiresAt / 1000,
      epoch: child.epoch,
      ver: child.version,
      narrow: [...(parent?.narrows ?? []), child.narrow],
      anc: ancestors,
    })
    if (!token.ok) return token
    const issued = { child, token: new Secret(token.value, `oste_ of ${child.id}`) }
    return ok({ ...issued, write: (db) => write(deps, db, making, issued) })
  }

const childRow = (
  { key, parent, narrow, version, by }: Making,
  id: string,
  ancestors: readonly string[],
  span: Pick<StoredChild, 'issuedAt' | 'expiresAt'>,
): StoredChild => ({
  id,
  key: key.id,
  parent: parent?.id ?? null,
  depth: ancestors.length + 1,
  narrow,
  version,
  epoch: key.epoch,
  ...span,
  issuedBy: by.id,
  revokedAt: null,
  revision: 1,
})

async function write(
  { newId, now }: Pick<IssueDeps, 'newId' | 'now'>,
  db: Db,
  { key, by, requestId }: Making,
  issued: Issued,
): Promise<Result<Issued>> {
  const { organization, id, name } = key
  const { child } = issued
  const at = now()
  if (await hasLiveChildren(db, organization, id, { now: at, many: livePerKey })) return tooMany
  await insertChild(db, organization, child)
  await insertEvent(db, organization, {
    id: newId('evt'),
    at,
    requestId,
    actor: by,
    action: 'child.created',
    subject: { kind: 'key', id, name },
    after: {
      child: child.id,
      parent: child.parent,
      depth: child.depth,
      narrow: child.narrow,
      version: child.version,
      expiresAt: new Date(child.expiresAt).toISOString(),
    },
  })
  return ok(issued)
}

const tooDeep = refuse('invalid', { detail: `A token of depth ${deepest} has no tokens of its own.` })
const tooMany = refuse('rate_limited', {
  detail: `The key has ${livePerKey} tokens that are not over. Use one for many calls, or give them a shorter life.`,
  retryAfterSeconds: 60,
})
const noGateway = refuse('mint_unavailable', {
  detail: 'No gateway of the organization has said where it is reached, so a token would be for nobody.',
  retryAfterSeconds: 1,
})
