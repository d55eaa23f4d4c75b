import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Result } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { SingleSignOnDeps } from './identity-providers/deps.ts'
import type { LeavingDeps } from './leaving/deps.ts'
import type { FoundDeps } from './organizations/found.ts'
import type { StoredPassword } from './passwords/hash.ts'
import type { PolicyDeps } from './policies/deps.ts'
import type { Actor } from './schema.ts'
import type { CodeDeps } from './setup.ts'
import type { MintDeps } from './tokens/create.ts'

type Leave = (db: Db, organizationId: string, id: string, at: number) => Promise<readonly string[]>

/** What stands in the tables of other domains and changes together with people; at: the instant of the change. */
export type Elsewhere = {
  /** Takes a member who is removed out of the audiences of catalogs, announces those and answers which they were. */
  readonly leaveCatalogs: Leave
  readonly teamLeavesCatalogs: Leave
  /** Limits and budgets of who is no more. */
  readonly dropCapsOf?: Readonly<Record<'member' | 'team', (...leaving: Parameters<Leave>) => Promise<void>>>
  /** What a member or team owns carries the new name. */
  readonly renameOwner: (db: Db, organizationId: string, ownerId: string, name: string) => Promise<void>
  /** What the team still owns and would leave without an owner. */
  readonly usesOfTeam: (
    db: Db,
    organizationId: string,
    teamId: string,
  ) => Promise<{ readonly keys: number; readonly apps: number }>
}

export type ChangeDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly system: Pick<Database['system'], 'read' | 'transaction'>
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** `formerSeconds`: the freshness that the organization asked for before, where the change may shorten it. */
  readonly effectOf: (
    organizationId: string,
    rowId: number,
    waitMs: number,
    maxStalenessSeconds?: null,
    formerSeconds?: number,
  ) => Promise<Effect>
}

/** Where a text stands in the vault: what it was encrypted for, it opens for. */
export type SealedPlace = {
  readonly purpose: 'second-factor' | 'identity-provider' | 'sign-in'
  readonly subject: string
  readonly version: number
  readonly environment: string
}

/** What signing in takes that this folder has not. */
export type SignInDeps = {
  /** In a lane of its own: a crowd that signs in delays nobody else. Full: `busy`. */
  readonly hashPassword: (organizationId: string, memberId: string, password: Secret) => Promise<Result<StoredPassword>>
  /** `stored` null: takes as long as if there were one, and says no. */
  readonly isPassword: (
    organizationId: string,
    memberId: string,
    password: Secret,
    stored: StoredPassword | null,
  ) => Promise<Result<boolean>>
  readonly encryptText: (db: Db, organizationId: string, place: SealedPlace, text: Secret) => Promise<string>
  readonly decryptText: (db: Db, organizationId: string, place: SealedPlace, blob: string) => Promise<Secret>
  readonly randomBytes: (size: number) => Uint8Array
  /** Failed attempts by name and source; nobody is locked out because of them (keys/attempts.ts). */
  readonly attempts: {
    readonly blocked: (name: string | null, source: string, isProxy: boolean) => number
    readonly failed: (name: string | null, source: string, isProxy: boolean) => void
  }
  /** Resolves when the mail server has taken it; null: there is none, so links are shown to whoever makes them. */
  readonly sendLetter: ((letter: PlainLetter) => Promise<void>) | null
  /** Runs it after the answer, so that its time tells nothing; the end of the process waits for it. */
  readonly later: (name: string, work: () => Promise<void>) => void
  /** Where people reach control, without a slash at the end. */
  readonly controlUrl: () => string
  /** Where an identity provider signs its own session out; null: it says nothing of it. */
  readonly endSessionUrlOf?: (organizationId: string, identityProviderId: string) => Promise<string | null>
}
export type PlainLetter = { readonly to: string; readonly subject: string; readonly text: string }

/** Everything that the routes of this folder use; control's composition root supplies it. */
export type PeopleDeps = ChangeDeps &
  Elsewhere &
  MintDeps &
  CodeDeps &
  SignInDeps &
  LeavingDeps &
  PolicyDeps &
  FoundDeps & {
    /** The link with which its one-time code is redeemed. */
    readonly setupUrl: (code: Secret) => string
    readonly singleSignOn: SingleSignOnDeps
  }

/** Whose change it is and what it was told; `id` as it stood in the path. */
export type Asked = {
  readonly id: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}

/** The operator's units see every organization, those of others their own. */
export const reading = (deps: Pick<ChangeDeps, 'read' | 'system'>, actor: Actor) => {
  const own = <T>(work: (db: Db) => Promise<T>): Promise<T> => deps.read(actor.organizationId, work)
  return actor.operator ? deps.system.read : own
}
export const writing = (deps: Pick<ChangeDeps, 'transaction' | 'system'>, actor: Actor) => {
  const own = <T>(work: (db: Db) => Promise<T>): Promise<T> => deps.transaction(actor.organizationId, work)
  return actor.operator ? deps.system.transaction : own
}
