import { hash } from 'node:crypto'
import { insertEvent } from '../audit/store.ts'
import type { Database } from '../db/database.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { Secret } from '../secret.ts'
import type { FirstRows } from './first-start.ts'
import type { ManagementTokenView } from './schema.ts'
import { findLiveSetupCode, findMember, isSetupDone, replaceSetupCode, useSetupCode } from './store.ts'
import { createdEvent, type MintDeps, mintManagementToken, viewOf } from './tokens/create.ts'
import { insertManagementToken } from './tokens/store.ts'

const validMs = 30 * 60_000

type OfferDeps = {
  readonly transaction: Database['transaction']
  /** 256 random bits as 43 base62 digits. */
  readonly newCode: () => string
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

/**
 * A fresh one-time code for the first owner, or null when setup was done before. Only its hash is kept, so each start
 * makes a new one, which ends those that nobody used.
 */
export const offerSetup =
  (deps: OfferDeps) =>
  ({ organizationId, owner }: FirstRows): Promise<Secret | null> =>
    deps.transaction(organizationId, async (db) => {
      if (await isSetupDone(db, organizationId)) return null
      const code = new Secret(deps.newCode(), 'setup code')
      const createdAt = deps.now()
      const expiresAt = createdAt + validMs
      await replaceSetupCode(db, organizationId, {
        id: deps.newId('stp'),
        memberId: owner.id,
        hash: hashOf(code.reveal()),
        createdAt,
        expiresAt,
      })
      return code
    })

export type RedeemDeps = MintDeps & {
  readonly system: Pick<Database['system'], 'read'>
  readonly transaction: Database['transaction']
}

type Redeemed = { managementToken: ManagementTokenView; secret: string }

/** One code, one token. Unknown, used and expired codes are alike to whoever presents them. */
export const redeemSetup =
  (deps: RedeemDeps) =>
  async (presented: string, requestId: string): Promise<Result<Redeemed>> => {
    // Looked up before Argon2, so that a stranger's guess costs one indexed read.
    const code = await deps.system.read((db) => findLiveSetupCode(db, hashOf(presented), deps.now()))
    if (!code) return refuse('not_found', { detail: spent })
    const { organizationId, memberId } = code
    const draft = { memberId, name: 'First sign-in', scopes: ['*'], createdAt: deps.now(), expiresAt: null }
    const minted = await mintManagementToken(deps, organizationId, draft)
    if (!minted.ok) return minted
    const { token, stored, secret } = minted.value
    return deps.transaction(organizationId, async (db) => {
      if (!(await useSetupCode(db, organizationId, code.id, deps.now()))) return refuse('not_found', { detail: spent })
      const member = await findMember(db, organizationId, memberId)
      const actor = { kind: 'member', id: memberId, name: member?.name ?? '' }
      await insertManagementToken(db, organizationId, token, stored)
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

const spent = 'There is no such setup link any more: it works once, for 30 minutes. The next start prints a new one.'

const hashOf = (code: string): string => hash('sha256', code, 'hex')
