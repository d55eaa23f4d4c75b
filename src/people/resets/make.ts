import { hash } from 'node:crypto'
import type { Doer } from '../../audit/store.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import { Secret } from '../../secret.ts'
import { holdMember } from '../members/store.ts'
import type { CodeDeps } from '../setup.ts'
import type { Member } from '../store.ts'
import { insertReset, type ResetKind } from './store.ts'

/** Long enough for a mail to arrive; a link that lies about is an open door. */
export const validMs = 30 * 60_000

export type NewLink = {
  readonly member: Pick<Member, 'id' | 'name'>
  readonly kind: ResetKind
  readonly by: Doer
  readonly requestId: string
}
export type MadeLink = { readonly code: Secret; readonly expiresAt: number }

/** The code in the clear exists in this answer only. */
export async function makeReset(db: Db, deps: CodeDeps, organizationId: string, link: NewLink): Promise<MadeLink> {
  const { member, kind, by, requestId } = link
  const code = new Secret(deps.newCode(), 'reset code')
  const createdAt = deps.now()
  const expiresAt = createdAt + validMs
  const row = { id: deps.newId('rst'), memberId: member.id, kind, createdAt, createdBy: by.id, expiresAt }
  // Of two that are made at the same time one is the newer.
  await holdMember(db, organizationId, member.id)
  await insertReset(db, organizationId, { ...row, hash: resetHash(code.reveal()) })
  await insertEvent(db, organizationId, {
    id: deps.newId('evt'),
    at: createdAt,
    requestId,
    actor: by,
    action: kind === 'host' ? 'member.recovered' : 'password.reset-created',
    subject: { kind: 'member', id: member.id, name: member.name },
    after: { kind, expiresAt: new Date(expiresAt).toISOString() },
  })
  return { code, expiresAt }
}

export const resetHash = (code: string): string => hash('sha256', code, 'hex')

export const resetUrl = (controlUrl: string, code: Secret): string => `${controlUrl}/reset#${code.reveal()}`
