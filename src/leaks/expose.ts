import { type Doer, insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Database, Db } from '../db/database.ts'
import type { GatewayRow } from '../fleet/store.ts'
import { endChild } from '../keys/children/store.ts'
import { findKey, type StoredKey } from '../keys/store.ts'
import type { KeyPolicies } from '../people/policies/schema.ts'
import { findOrganization } from '../people/store.ts'
import { findManagementToken, markTokenRevoked } from '../people/tokens/store.ts'
import type { Held } from './holders.ts'
import type { Recently } from './recently.ts'
import { type Exposure, exposeKey } from './store.ts'

export type ExposeDeps = {
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** For an hour: gateways whose token was found. */
  readonly recently: Recently
}
/** Who said so and from where. */
export type Told = { readonly by: Doer; readonly requestId: string }

/** Ends or stops what was found where it must not be. Again and again it changes nothing more. */
export const expose =
  (deps: ExposeDeps) =>
  (held: Held, told: Told): Promise<void> =>
    deps.transaction(held.organizationId, (db) => {
      if (held.kind === 'key') return exposeHeldKey(deps, db, held, told)
      if (held.kind === 'child') return exposeChild(deps, db, held, told)
      if (held.kind === 'gateway') return alarm(deps, db, held.gateway, told)
      return revokeToken(deps, db, held.organizationId, held.signIn.token.id, told)
    })

export const exposed = 'exposed'

type HeldKey = Extract<Held, { kind: 'key' }>

async function exposeHeldKey(deps: ExposeDeps, db: Db, held: HeldKey, told: Told): Promise<void> {
  const { organizationId, version } = held
  const { id } = held.key.record
  const organization = await findOrganization(db, organizationId)
  const before = await findKey(db, organizationId, id)
  if (!organization || !before) return
  const to = nextState(before, organization.policies.leakAction)
  const at = deps.now()
  if (to === undefined || !(await exposeKey(db, organizationId, id, { to, reason: exposed, at }))) return
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: told.requestId,
    actor: told.by,
    action: 'key.exposed',
    subject: { kind: 'key', id, name: before.record.name },
    before: { state: before.record.state },
    after: {
      state: to ?? before.record.state,
      reason: exposed,
      version,
      ...(before.record.honey ? { honey: true } : {}),
    },
  })
  await announce(db, organizationId, { kind: 'key', id, at })
}

/** Undefined: nothing to do. A decoy has to be found: it stays as it is, and its owner hears of it once. */
function nextState(
  { record: { state, honey }, stateReason, exposedAt }: StoredKey,
  action: KeyPolicies['leakAction'],
): Exposure['to'] | undefined {
  if (state === 'revoked' || state === 'deleted') return undefined
  if (honey) return exposedAt === null ? null : undefined
  const to = action === 'revoke' ? 'revoked' : 'suspended'
  return state === to && stateReason === exposed ? undefined : to
}

/** One token and what was made of it: its key has another secret, which nobody has seen. */
async function exposeChild(
  deps: ExposeDeps,
  db: Db,
  { organizationId, key: { record }, child }: Extract<Held, { kind: 'child' }>,
  told: Told,
): Promise<void> {
  const at = deps.now()
  if (child.expiresAt <= at || !(await endChild(db, organizationId, child.id, at))) return
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: told.requestId,
    actor: told.by,
    action: 'child.revoked',
    subject: { kind: 'key', id: record.id, name: record.name },
    before: { child: child.id, expiresAt: new Date(child.expiresAt).toISOString() },
    after: { child: child.id, revokedAt: new Date(at).toISOString(), reason: exposed },
  })
  await announce(db, organizationId, { kind: 'child', id: child.id, at })
}

/** A token that manages keys is not suspended: there is nobody whose work would stop unseen. */
async function revokeToken(deps: ExposeDeps, db: Db, organizationId: string, id: string, told: Told): Promise<void> {
  const token = await findManagementToken(db, organizationId, id)
  const at = deps.now()
  if (!token || !(await markTokenRevoked(db, organizationId, id, at))) return
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at,
    requestId: told.requestId,
    actor: told.by,
    action: 'management-token.revoked',
    subject: { kind: 'management-token', id, name: token.name },
    before: { revokedAt: null },
    after: { revokedAt: new Date(at).toISOString(), reason: exposed },
  })
}

/** Ending a gateway would end the calls of everybody behind it: people decide that. */
async function alarm(deps: ExposeDeps, db: Db, gateway: GatewayRow, told: Told): Promise<void> {
  if (gateway.revokedAt !== null || deps.recently(gateway.id)) return
  const { organizationId, id, name } = gateway
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at: deps.now(),
    requestId: told.requestId,
    actor: told.by,
    action: 'gateway.exposed',
    subject: { kind: 'gateway', id, name },
    after: { reason: exposed },
  })
}
