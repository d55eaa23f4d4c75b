import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Database, Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { auditedKey } from './audited-key.ts'
import type { Directory, NamedOwner } from './directory.ts'
import { factsFor } from './facts.ts'
import { planKey } from './plan.ts'
import { insertKeyProjects } from './projects/store.ts'
import type { NewKey, StoredSecret } from './schema.ts'
import { insertKey, insertVersion, type StoredKey } from './store.ts'

export type PrepareDeps = {
  readonly read: Database['read']
  readonly directory: Directory
  /** A fresh token of kind `k`. */
  readonly mint: () => { readonly id16: string; readonly secret: Secret }
  /** Argon2id with the organization's pepper, through the lane: `busy` when it is full. */
  readonly hash: (organizationId: string, id: string, token: Secret) => Promise<Result<StoredSecret>>
  /** Spares the gateways their first Argon2: they get the proof beside the record. Best effort. */
  readonly shareProof: (organizationId: string, id: string, version: number, token: Secret) => void
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

type Besides = { readonly app: { readonly id: string; readonly formerKey: string | null } }

/** A key that is checked and hashed, and not yet written. */
export type PreparedKey = {
  readonly key: StoredKey
  readonly secret: Secret
  /**
   * Inside a unit of work: the key with its audit event and its news; answers the row of that. `besides`: what the event
   * tells of the app whose key it has become.
   */
  readonly write: (db: Db, besides?: Besides) => Promise<number>
  /** After the commit. */
  readonly share: () => void
}

/** `owner` is one that the actor may make keys for: whoever prepares has asked. */
export type PrepareKey = (
  actor: Actor,
  input: NewKey,
  owner: NamedOwner,
  requestId: string,
) => Promise<Result<PreparedKey>>

/** Argon2 before the unit of work that writes: inside, it would hold the only writer. */
export const prepareKey =
  (deps: PrepareDeps): PrepareKey =>
  async (actor, input, owner, requestId) => {
    const { organizationId } = actor
    const asking = { actor, owner, before: null }
    const facts = await deps.read(organizationId, (db) => factsFor(deps.directory, db, asking, input))
    const { id16, secret } = deps.mint()
    const now = deps.now()
    const createdBy = audited(actor).id
    const planned = planKey(input, { organizationId, id: `key_${id16}`, owner, createdBy, now, facts })
    if (!planned.ok) return planned
    const { id } = planned.value.record
    const stored = await deps.hash(organizationId, id, secret)
    if (!stored.ok) return stored
    const key = withFirstVersion(planned.value, stored.value)
    return ok({
      key,
      secret,
      write: (db, besides) => write(deps, db, actor, key, requestId, besides),
      share: () => deps.shareProof(organizationId, id, 1, secret),
    })
  }

const write = async (
  { newId }: Pick<PrepareDeps, 'newId'>,
  db: Db,
  actor: Actor,
  key: StoredKey,
  requestId: string,
  besides: Besides | undefined,
): Promise<number> => {
  const { record, createdAt: at } = key
  const { organization, id, name, scope } = record
  await insertKey(db, organization, key)
  for (const version of record.versions) await insertVersion(db, organization, id, { ...version, createdAt: at })
  await insertKeyProjects(db, organization, id, scope.projects)
  await insertEvent(db, organization, {
    id: newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'key.created',
    subject: { kind: 'key', id, name },
    after: { ...auditedKey(key), ...besides },
  })
  return announce(db, organization, { kind: 'key', id, at })
}

const withFirstVersion = (key: StoredKey, stored: StoredSecret): StoredKey => ({
  ...key,
  record: { ...key.record, versions: [{ ...stored, version: 1, validUntil: null }] },
})
