import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { audited } from '../people/audited.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Problem, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { parseNetwork } from './network.ts'
import type { Choice, NewKey, Scope, StoredSecret } from './schema.ts'
import { insertKey, insertVersion, type StoredKey } from './store.ts'

export type NamedServer = { readonly id: string; readonly slug: string; readonly name: string }
/** By what was asked for, id or slug; who is not there is missing. */
export type ResolveServers = (
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
) => Promise<ReadonlyMap<string, NamedServer>>

export type CreateDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly resolveServers: ResolveServers
  /** A fresh token of kind `k`. */
  readonly mint: () => { readonly id16: string; readonly secret: Secret }
  /** Argon2id with the organization's pepper, through the lane: `busy` when it is full. */
  readonly hash: (organizationId: string, id: string, token: Secret) => Promise<Result<StoredSecret>>
  /** Spares the gateways their first Argon2: they get the proof beside the record. Best effort. */
  readonly shareProof: (organizationId: string, id: string, version: number, token: Secret) => void
  readonly effectOf: (organizationId: string, changeRowId: number, waitMs: number) => Promise<Effect>
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

/** How long an answer waits until the gateways know the new key, so that its first call does not come too early. */
const settleMs = 250

export const createKey =
  (deps: CreateDeps) =>
  async (actor: Actor, input: NewKey, requestId: string): Promise<Result<{ key: StoredKey; secret: Secret }>> => {
    const { organizationId } = actor
    const names = itemsOf(input.mcp?.servers)
    const resolve = () => deps.read(organizationId, (db) => deps.resolveServers(db, organizationId, names))
    const servers = names.length === 0 ? new Map() : await resolve()
    const { id16, secret } = deps.mint()
    const now = deps.now()
    const planned = planKey(input, { actor, id: `key_${id16}`, now, servers })
    if (!planned.ok) return planned
    // Argon2 before the transaction: inside, it would hold the only writer.
    const stored = await deps.hash(organizationId, planned.value.record.id, secret)
    if (!stored.ok) return stored
    const key = withFirstVersion(planned.value, stored.value)
    const { record } = key
    const change = await deps.transaction(organizationId, async (db) => {
      await insertKey(db, organizationId, key)
      await insertVersion(db, organizationId, record.id, { ...stored.value, version: 1, createdAt: now })
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at: now,
        requestId,
        actor: audited(actor),
        action: 'key.created',
        subject: { kind: 'key', id: record.id, name: record.name },
        after: auditedKey(key),
      })
      return announce(db, organizationId, { kind: 'key', id: record.id, at: now })
    })
    deps.shareProof(organizationId, record.id, 1, secret)
    await deps.effectOf(organizationId, change, settleMs)
    return ok({ key, secret })
  }

type Plan = {
  readonly actor: Actor
  readonly id: string
  readonly now: number
  readonly servers: ReadonlyMap<string, { readonly id: string }>
}

/** Pure: what is not given is denied, and everything is written out, so that the record says all that it means. */
export function planKey(input: NewKey, { actor, id, now, servers }: Plan): Result<StoredKey> {
  const errors: Failure[] = []
  const mcp = mcpOf(input.mcp, servers, errors)
  const addresses = addressesOf(input.addresses, errors)
  const expiresAt = expiryOf(input, now, errors)
  if (errors.length > 0) return refuse('invalid', { detail: 'Some of the input is not valid; see errors.', errors })
  return ok({
    record: {
      kind: 'key',
      organization: actor.organizationId,
      id,
      revision: 1,
      tokenKind: 'k',
      name: input.name,
      owner: { type: 'member', id: actor.memberId, name: actor.name },
      state: input.active === false ? 'suspended' : 'active',
      expiresAt,
      scope: { mcp, addresses },
      maxStalenessSeconds: input.maxStalenessSeconds ?? null,
      versions: [],
    },
    description: input.description ?? '',
    createdAt: now,
    createdBy: audited(actor).id,
    revokedAt: null,
    versionsCreatedAt: new Map([[1, now]]),
  })
}

type Failure = NonNullable<Problem['errors']>[number]

function mcpOf(input: NewKey['mcp'], servers: Plan['servers'], errors: Failure[]): Scope['mcp'] {
  const enabled = input === undefined ? false : (input.enabled ?? true)
  if (enabled && input?.servers === undefined) {
    errors.push({ pointer: '/mcp/servers', detail: 'say which: {"mode":"all"}, "only", "except" or "none"' })
  }
  return { enabled, servers: resolved(input?.servers ?? { mode: 'none' }, servers, errors) }
}

/** Grants hold ids, so that renaming a server moves no right. */
function resolved(choice: Choice, servers: Plan['servers'], errors: Failure[]): Choice {
  if (choice.mode !== 'only' && choice.mode !== 'except') return { mode: choice.mode }
  const ids = choice.items.map((item, i) => {
    const server = servers.get(item)
    if (!server) errors.push({ pointer: `/mcp/servers/items/${i}`, detail: 'there is no such server' })
    return server?.id ?? item
  })
  return { mode: choice.mode, items: [...new Set(ids)] }
}

function addressesOf(rule: NewKey['addresses'], errors: Failure[]): Scope['addresses'] {
  if (rule === undefined || rule.mode === 'any') return { mode: 'any' }
  for (const [i, cidr] of rule.cidrs.entries()) {
    if (parseNetwork(cidr) === null) {
      errors.push({ pointer: `/addresses/cidrs/${i}`, detail: 'must be an address or a CIDR block such as 10.0.0.0/8' })
    }
  }
  return { mode: 'only', cidrs: [...new Set(rule.cidrs)] }
}

const dayMs = 86_400_000
const presetDays = { '30d': 30, '60d': 60, '90d': 90, '180d': 180, '1y': 365 } as const

function expiryOf({ expiresAt, expiresIn }: NewKey, now: number, errors: Failure[]): number | null {
  if (expiresAt !== undefined && expiresIn !== undefined) {
    errors.push({ pointer: '/expiresIn', detail: 'give expiresAt or expiresIn, not both' })
  }
  if (expiresIn !== undefined) return expiresIn === 'never' ? null : now + presetDays[expiresIn] * dayMs
  if (expiresAt == null) return null
  const at = Date.parse(expiresAt)
  if (!(at > now)) errors.push({ pointer: '/expiresAt', detail: 'must lie in the future' })
  return at
}

/** What may be looked up; other text names no server and some of it, such as a NUL, PostgreSQL does not take. */
const itemsOf = (choice: Choice | undefined): readonly string[] =>
  choice?.mode === 'only' || choice?.mode === 'except'
    ? [...new Set(choice.items)].filter((item) => /^[A-Za-z0-9_-]+$/.test(item))
    : []

const withFirstVersion = (key: StoredKey, stored: StoredSecret): StoredKey => ({
  ...key,
  record: { ...key.record, versions: [{ ...stored, version: 1, validUntil: null }] },
})

/** What the audit log keeps: who it is for and what it may do; of the secret only that there is a first version. */
const auditedKey = ({ record, description }: StoredKey) => ({
  name: record.name,
  description,
  owner: record.owner,
  state: record.state,
  scope: record.scope,
  expiresAt: record.expiresAt === null ? null : new Date(record.expiresAt).toISOString(),
  maxStalenessSeconds: record.maxStalenessSeconds,
  versions: record.versions.map(({ version }) => version),
})
