import { hash } from 'node:crypto'
import { insertEvent } from '../audit/store.ts'
import type { Database, Db } from '../db/database.ts'
import { isUniqueViolation } from '../db/violation.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { Secret } from '../secret.ts'
import type { SignInDeps } from './deps.ts'
import type { FirstRows } from './first-start.ts'
import { holdMember } from './members/store.ts'
import type { StoredPassword } from './passwords/hash.ts'
import type { ManagementTokenView } from './schema.ts'
import type { SignedIn } from './sessions/schema.ts'
import type { FromBrowser } from './sessions/sign-in.ts'
import type { SetupInput } from './setup/input.ts'
import { type EnterDeps, type Entered, enter, type Person, personOf } from './setup/person.ts'
import { findLiveSetupCode, isSetupDone, replaceSetupCode, type SetupCode, useSetupCode } from './setup/store.ts'
import { findMember } from './store.ts'
import { createdEvent, type MintDeps, type Minted, mintManagementToken } from './tokens/create.ts'
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

export type RedeemDeps = MintDeps &
  EnterDeps &
  Pick<SignInDeps, 'hashPassword'> & { readonly system: Pick<Database['system'], 'read' | 'transaction'> }

type Redeemed = { managementToken: ManagementTokenView; secret: string } & Partial<SignedIn>

/** One code, one token, one first sign-in. Unknown, used and expired codes are alike to whoever presents them. */
export const redeemSetup =
  (deps: RedeemDeps) =>
  async (input: SetupInput, from: FromBrowser): Promise<Result<Redeemed>> => {
    // Looked up before Argon2, so that a stranger's guess costs one indexed read.
    const found = await deps.system.read(async (db) => {
      const code = await findLiveSetupCode(db, hashOf(input.code), deps.now())
      const member = code && (await findMember(db, code.organizationId, code.memberId))
      return code && member && { code, member }
    })
    // Whoever was removed since then gets in with no old link.
    if (!found) return gone
    const { organizationId, memberId } = found.code
    const person = personOf(found.member, input)
    if (!person.ok) return person
    const password = await hashedFor(deps, found.code, input)
    if (!password.ok) return password
    const rights = { scopes: ['*'], carriesOperator: false }
    const draft = { memberId, name: 'First sign-in', ...rights, createdAt: deps.now(), expiresAt: null }
    const minted = await mintManagementToken(deps, organizationId, draft)
    if (!minted.ok) return minted
    const entering = person.value && password.value && { person: person.value, password: password.value }
    const done = await freeAddress(() =>
      deps.system.transaction((db) => complete(deps, db, { code: found.code, minted: minted.value, entering, from })),
    )
    if (!done.ok) return done
    const { token, secret } = minted.value
    if (done.value) from.browser.setCookie(done.value.setCookie)
    return ok({ managementToken: viewOf(token), secret: secret.reveal(), ...done.value?.signedIn })
  }

const hashedFor = async (
  deps: Pick<SignInDeps, 'hashPassword'>,
  { organizationId, memberId }: SetupCode,
  { password }: SetupInput,
): Promise<Result<StoredPassword | null>> =>
  password === undefined ? ok(null) : deps.hashPassword(organizationId, memberId, new Secret(password, 'password'))

type Completing = {
  readonly code: SetupCode
  readonly minted: Minted
  readonly entering: { readonly person: Person; readonly password: StoredPassword } | null
  readonly from: FromBrowser
}

async function complete(
  deps: RedeemDeps,
  db: Db,
  { code, minted, entering, from }: Completing,
): Promise<Result<Entered | null>> {
  const { organizationId, memberId } = code
  const { requestId, address } = from
  if (!(await useSetupCode(db, organizationId, code.id, deps.now()))) return gone
  const member = (await holdMember(db, organizationId, memberId)) && (await findMember(db, organizationId, memberId))
  if (!member) return gone
  const { token, stored } = minted
  const actor = { kind: 'member', id: memberId, name: entering?.person.name ?? member.name, address }
  // The installation itself or an operator made the code, so its token is an operator's if its member is one.
  await insertManagementToken(db, organizationId, { ...token, carriesOperator: member.isOperator }, stored)
  const created = createdEvent(deps, token, actor, requestId)
  await insertEvent(db, organizationId, {
    ...created,
    id: deps.newId('evt'),
    action: 'setup.completed',
    subject: { kind: 'member', id: memberId, name: actor.name },
    after: { managementToken: token.id, password: entering !== null },
  })
  await insertEvent(db, organizationId, created)
  return ok(entering && (await enter(deps, db, organizationId, { member, ...entering }, from)))
}

/** The index says it, at the end of the unit. */
const freeAddress = async <T>(write: () => Promise<Result<T>>): Promise<Result<T>> => {
  try {
    return await write()
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    const errors = [{ pointer: '/email', detail: 'is a member already' }]
    return refuse('invalid', { detail: 'Somebody with this address is a member already.', errors })
  }
}

const spent =
  'There is no such setup link any more: it works once, for 30 minutes. The next start prints a new one for the first ' +
  'owner; to the owner of another organization the operator hands a management token.'

const gone: Result<never> = refuse('not_found', { detail: spent })

const hashOf = (code: string): string => hash('sha256', code, 'hex')
