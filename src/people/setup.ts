import { hash } from 'node:crypto'
import { insertEvent } from '../audit/store.ts'
import type { Database, Db } from '../db/database.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { Secret } from '../secret.ts'
import type { FirstRows } from './first-start.ts'
import type { ManagementTokenView } from './schema.ts'
import { findLiveSetupCode, isSetupDone, replaceSetupCode, useSetupCode } from './setup/store.ts'
import { findMember } from './store.ts'
import { createdEvent, type MintDeps, mintManagementToken } from './tokens/create.ts'
import { insertManagementToken } from './tokens/store.ts'
import { viewOf } from './tokens/view.ts'

const validMs = 30 * 60_000

export type CodeDeps = {
  /** 256 random bits as 43 base62 digits. */
  readonly newCode: () => string
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
type OfferDeps = CodeDeps & { readonly transaction: Database['transaction'] }

/**
 * A fresh one-time code for the first owner, or null when setup was done before. Only its hash is kept, so each start
 * makes a new one, which ends those that nobody used.
 */
export const offerSetup =
  (deps: OfferDeps) =>
  ({ organizationId, owner }: Pick<FirstRows, 'organizationId' | 'owner'>): Promise<Secret | null> =>
    deps.transaction(organizationId, async (db) =>
      (await isSetupDone(db, organizationId)) ? null : writeSetupCode(db, deps, organizationId, owner.id),
    )

/** The code in the clear exists in this answer only. */
export async function writeSetupCode(
  db: Db,
  deps: CodeDeps,
  organizationId: string,
  memberId: string,
): Promise<Secret> {
  const code = new Secret(deps.newCode(), 'setup code')
  const createdAt = deps.now()
  await replaceSetupCode(db, organizationId, {
    id: deps.newId('stp'),
    memberId,
    hash: hashOf(code.reveal()),
    createdAt,
    expiresAt: createdAt + validMs,
  })
  return code
}

export type RedeemDeps = MintDeps & {
  readonly system: Pick<Database['system'], 'read'>
  readonly transaction: Database['transaction']
}

/** Nobody is signed in yet, so the call itself says where it came from. */
type Asked = { readonly requestId: string; readonly address: string }
type Redeemed = { managementToken: ManagementTokenView; secret: string }

/** One code, one token. Unknown, used and expired codes are alike to whoever presents them. */
export const redeemSetup =
  (deps: RedeemDeps) =>
  async (presented: string, { requestId, address }: Asked): Promise<Result<Redeemed>> => {
    // Looked up before Argon2, so that a stranger's guess costs one indexed read.
    const code = await deps.system.read((db) => findLiveSetupCode(db, hashOf(presented), deps.now()))
    if (!code) return refuse('not_found', { detail: spent })
    const { organizationId, memberId } = code
    const rights = { scopes: ['*'], carriesOperator: false }
    const draft = { memberId, name: 'First sign-in', ...rights, createdAt: deps.now(), expiresAt: null }
    const minted = await mintManagementToken(deps, organizationId, draft)
    if (!minted.ok) return minted
    const { token, stored, secret } = minted.value
    return deps.transaction(organizationId, async (db) => {
      if (!(await useSetupCode(db, organizationId, code.id, deps.now()))) return refuse('not_found', { detail: spent })
      const member = await findMember(db, organizationId, memberId)
      // Whoever was removed since then gets in with no old link.
      if (!member) return refuse('not_found', { detail: spent })
      const actor = { kind: 'member', id: memberId, name: member.name, address }
      // The installation itself or an operator made the code, so its token is an operator's if its member is one.
      await insertManagementToken(db, organizationId, { ...token, carriesOperator: member.isOperator }, stored)
      const created = createdEvent(deps, token, actor, requestId)
      const subject = { kind: 'member', id: memberId, name: actor.name }
      await insertEvent(db, organizationId, {
        ...created,
        id: deps.newId('evt'),
        action: 'setup.completed',
        subject,
        after: { managementToken: token.id },
      })
      await insertEvent(db, organizationId, created)
      return ok({ managementToken: viewOf(token), secret: secret.reveal() })
    })
  }

const spent =
  'There is no such setup link any more: it works once, for 30 minutes. The next start prints a new one for the first ' +
  'owner; to the owner of another organization the operator hands a management token.'

const hashOf = (code: string): string => hash('sha256', code, 'hex')
