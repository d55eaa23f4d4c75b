import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Database, Db } from '../../db/database.ts'
import type { StoredSecret } from '../../keys/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Secret } from '../../secret.ts'
import { holdMember } from '../members/store.ts'
import type { Actor, ManagementTokenView, NewManagementToken } from '../schema.ts'
import { findMember, findOrganization, firstOwner, type Member } from '../store.ts'
import { refuseExpiry, refuseScopes, refuseTarget } from './allowed.ts'
import { insertManagementToken, type ManagementToken } from './store.ts'
import { viewOf } from './view.ts'

export type MintDeps = {
  readonly mint: () => { readonly id16: string; readonly secret: Secret }
  /** Argon2id with the organization's pepper, through the lane: `busy` when it is full. */
  readonly hash: (organizationId: string, id: string, token: Secret) => Promise<Result<StoredSecret>>
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
export type CreateTokenDeps = MintDeps & {
  readonly system: Pick<Database['system'], 'read'>
  readonly transaction: Database['transaction']
}

type Created = { managementToken: ManagementTokenView; secret: string }

export const createManagementToken =
  (deps: CreateTokenDeps) =>
  async (actor: Actor, input: NewManagementToken, requestId: string): Promise<Result<Created>> => {
    const now = deps.now()
    const expiresAt = input.expiresAt == null ? (actor.expiresAt ?? null) : Date.parse(input.expiresAt)
    const refused = refuseScopes(actor, input) ?? refuseExpiry(actor, expiresAt, now)
    if (refused) return refused
    const target = await deps.system.read((db) => targetOf(db, actor, input))
    if (!target.ok) return target
    const { organizationId, member } = target.value
    const minted = await mintManagementToken(deps, organizationId, {
      memberId: member.id,
      name: input.name,
      scopes: [...new Set(input.scopes)],
      // Else an owner's copy would become an operator together with its member.
      carriesOperator: actor.operator && member.isOperator,
      createdAt: now,
      expiresAt,
    })
    if (!minted.ok) return minted
    const { token, stored, secret } = minted.value
    const written = await deps.transaction(organizationId, async (db): Promise<Result<null>> => {
      // Hashing has taken its time, and who has left meanwhile gets no token.
      if (!(await holdMember(db, organizationId, member.id))) return unknown('/member', 'there is no such member')
      await insertManagementToken(db, organizationId, token, stored)
      await insertEvent(db, organizationId, createdEvent(deps, token, audited(actor), requestId))
      return ok(null)
    })
    if (!written.ok) return written
    return ok({ managementToken: viewOf(token), secret: secret.reveal() })
  }

export type Minted = { readonly token: ManagementToken; readonly stored: StoredSecret; readonly secret: Secret }
type Draft = Pick<ManagementToken, 'memberId' | 'name' | 'scopes' | 'carriesOperator' | 'createdAt' | 'expiresAt'>

/** Argon2 before the transaction, never in it. */
export async function mintManagementToken(
  deps: MintDeps,
  organizationId: string,
  draft: Draft,
): Promise<Result<Minted>> {
  const { id16, secret } = deps.mint()
  const id = `mgt_${id16}`
  const stored = await deps.hash(organizationId, id, secret)
  return stored.ok
    ? ok({ token: { ...draft, organizationId, id, lastUsedAt: null, revokedAt: null }, stored: stored.value, secret })
    : stored
}

export const createdEvent = (
  deps: Pick<MintDeps, 'newId' | 'now'>,
  token: ManagementToken,
  actor: ReturnType<typeof audited>,
  requestId: string,
) => ({
  id: deps.newId('evt'),
  at: deps.now(),
  requestId,
  actor,
  action: 'management-token.created' as const,
  subject: { kind: 'management-token', id: token.id, name: token.name },
  after: viewOf(token),
})

type Target = { readonly organizationId: string; readonly member: Member }

async function targetOf(db: Db, actor: Actor, input: NewManagementToken): Promise<Result<Target>> {
  const organization = input.organization === undefined ? null : await findOrganization(db, input.organization)
  const isForeign = input.organization !== undefined && organization?.id !== actor.organizationId
  if (isForeign && !actor.operator)
    return refuse('not_permitted', { detail: 'Only the operator names an organization.' })
  if (isForeign && !organization) return unknown('/organization', 'there is no such organization')
  const organizationId = organization?.id ?? actor.organizationId
  const ownId = isForeign ? ((await firstOwner(db, organizationId))?.id ?? '') : actor.memberId
  const member = await findMember(db, organizationId, input.member ?? ownId)
  if (!member) return unknown('/member', 'there is no such member')
  return refuseTarget(actor, { member, isForeign }, input) ?? ok({ organizationId, member })
}

const unknown = (pointer: string, detail: string) => refuse('invalid', { errors: [{ pointer, detail }] })
