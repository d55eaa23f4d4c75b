import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Database, Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { auditedKey } from './audited-key.ts'
import { type AskedCaps, auditedCaps, capsOfKey, looser, noCaps, refusalOfCaps, writeCaps } from './caps.ts'
import type { Directory, NamedOwner } from './directory.ts'
import { insertFacets } from './facets/store.ts'
import { factsFor } from './facts.ts'
import { planKey } from './plan.ts'
import { capsWithin } from './policies/ceilings.ts'
import { ceilingsFor } from './policies/judge.ts'
import { rotationDueAt } from './rotation/due.ts'
import type { NewKey, StoredSecret } from './schema.ts'
import { insertKey, insertVersion, type StoredKey } from './store.ts'

export type DraftDeps = {
  readonly read: Database['read']
  readonly directory: Directory
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
export type PrepareDeps = DraftDeps & {
  /** A fresh token under a fresh id. */
  readonly mint: (kind: 'k' | 'u') => { readonly id16: string; readonly secret: Secret }
  /** Argon2id with the organization's pepper, through the lane: `busy` when it is full. */
  readonly hash: (organizationId: string, id: string, token: Secret) => Promise<Result<StoredSecret>>
  /** Spares the gateways their first Argon2: they get the proof beside the record. Best effort. */
  readonly shareProof: (organizationId: string, id: string, version: number, token: Secret) => void
}

type Besides = { readonly app: { readonly id: string; readonly formerKey: string | null } }

/** A key without a secret that is checked, and not yet written. */
export type DraftedKey = {
  readonly key: StoredKey
  /**
   * Inside a unit of work: the key with its audit event and its news; answers the row of that. `besides`: what the event
   * tells of the app whose key it has become.
   */
  readonly write: (db: Db, besides?: Besides) => Promise<number>
}
/** One with its first secret, hashed. */
export type PreparedKey = DraftedKey & {
  readonly secret: Secret
  /** After the commit. */
  readonly share: () => void
}

/** `owner` is one that the actor may make keys for: whoever prepares has asked. `copied`: whose settings these are. */
type Prepare<T> = (
  actor: Actor,
  input: NewKey,
  owner: NamedOwner,
  requestId: string,
  copied?: StoredKey,
) => Promise<Result<T>>
export type DraftKey = Prepare<DraftedKey>
export type PrepareKey = Prepare<PreparedKey>

export const draftKey =
  (deps: DraftDeps): DraftKey =>
  async (actor, input, owner, requestId, copied) => {
    const planned = await plan(deps, actor, input, owner, { id: deps.newId('key'), copied })
    if (!planned.ok) return planned
    const { key } = planned.value
    return ok({ key, write: (db, besides) => write(deps, db, actor, planned.value, requestId, besides) })
  }

/** Argon2 before the unit of work that writes: inside, it would hold the only writer. */
export const prepareKey =
  (deps: PrepareDeps): PrepareKey =>
  async (actor, input, owner, requestId, copied) => {
    const { id16, secret } = deps.mint(input.kind === 'url' ? 'u' : 'k')
    const planned = await plan(deps, actor, input, owner, { id: `key_${id16}`, copied })
    if (!planned.ok) return planned
    const { id, organization } = planned.value.key.record
    const stored = await deps.hash(organization, id, secret)
    if (!stored.ok) return stored
    const key = withFirstVersion(planned.value.key, stored.value)
    return ok({
      key,
      secret,
      write: (db, besides) => write(deps, db, actor, { ...planned.value, key }, requestId, besides),
      share: () => deps.shareProof(organization, id, 1, secret),
    })
  }

type Making = { readonly id: string; readonly copied: StoredKey | undefined }
/** The key, and the limits and budgets that it gets. */
type Planned = { readonly key: StoredKey; readonly asked: AskedCaps }

async function plan(
  { read, directory, now }: DraftDeps,
  actor: Actor,
  input: NewKey,
  owner: NamedOwner,
  { id, copied }: Making,
): Promise<Result<Planned>> {
  const { organizationId } = actor
  const asking = { actor, owner, before: null, copied: copied?.record.scope, schedule: copied?.rotation }
  const { facts, original } = await read(organizationId, async (db) => ({
    facts: await factsFor(directory, db, asking, input),
    original: copied === undefined ? noCaps : await capsOfKey(db, organizationId, copied.record.id, now()),
  }))
  const refused = refusalOfCaps(actor, input, looser(original))
  if (refused) return refused
  const createdBy = audited(actor).id
  const planned = planKey(input, {
    organizationId,
    id,
    owner,
    createdBy,
    now: now(),
    facts,
    copiedFrom: copied?.record.id,
  })
  if (!planned.ok) return planned
  const asked = capsWithin(ceilingsFor(planned.value.record.scope.projects, facts), input, null)
  return asked.ok ? ok({ key: planned.value, asked: asked.value }) : asked
}

const write = async (
  deps: Pick<DraftDeps, 'newId' | 'now'>,
  db: Db,
  actor: Actor,
  { key, asked }: Planned,
  requestId: string,
  besides: Besides | undefined,
): Promise<number> => {
  const { record, createdAt: at } = key
  const { organization, id, name } = record
  await insertKey(db, organization, key)
  for (const version of record.versions) await insertVersion(db, organization, id, { ...version, createdAt: at })
  await insertFacets(db, organization, key)
  const capped = await writeCaps(deps, db, actor, { organizationId: organization, keyId: id }, asked)
  if (!capped.ok) throw new Error(`the limits of a key that is being made were refused: ${capped.problem.code}`)
  await insertEvent(db, organization, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'key.created',
    subject: { kind: 'key', id, name },
    after: { ...auditedKey(key), ...auditedCaps(asked), ...besides },
  })
  return announce(db, organization, { kind: 'key', id, at })
}

const withFirstVersion = (key: StoredKey, stored: StoredSecret): StoredKey => ({
  ...key,
  secretMadeAt: key.createdAt,
  rotationDueAt: rotationDueAt(key.record.id, key.createdAt, key.rotation),
  versionTimes: new Map([[1, { createdAt: key.createdAt, lastUsedAt: null }]]),
  record: { ...key.record, versions: [{ ...stored, version: 1, validUntil: null }] },
})
