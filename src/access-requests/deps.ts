import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Actor } from '../people/schema.ts'
import type { Result } from '../problems.ts'
import type { AccessKind, NewAccessRequest } from './schema.ts'

/** What is to have it. */
export type Target = {
  readonly type: 'key' | 'member'
  readonly id: string
  readonly name: string
  /** Of a key its owner of now; a member is his own. */
  readonly ownerId: string
}

/** What it is. */
export type Subject = {
  readonly kind: AccessKind
  /** Of the server, provider or budget. */
  readonly id: string
  /** As whoever asks may know it. */
  readonly name: string
  /** The tool or model. */
  readonly part: string | null
  readonly nanoUsd: number | null
}

export type Money = { readonly budget: string; readonly usd: string; readonly note: string; readonly requestId: string }

/** Everything that the verbs of this folder use; control's composition root supplies it. */
export type AccessRequestDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  readonly effectOf: (organizationId: string, rowId: number, waitMs: number) => Promise<Effect>
  /** The key, if whoever asks may change it and it is not over. */
  readonly keyFor: (db: Db, actor: Actor, id: string) => Promise<Target | null>
  /** What is asked for, as it is there now; what is not there is `invalid`. */
  readonly subjectFor: (
    db: Db,
    organizationId: string,
    target: Target,
    asked: NewAccessRequest,
  ) => Promise<Result<Subject>>
  /** Has the target all of that already? `invalid` where a yes would open nothing, with the reason. */
  readonly isGranted: (db: Db, organizationId: string, target: Target, subject: Subject) => Promise<Result<boolean>>
  /** Gateways take the record of the target anew: the row of that change; null: the target is over. */
  readonly renew: (
    db: Db,
    organizationId: string,
    target: Pick<Target, 'type' | 'id'>,
    at: number,
  ) => Promise<number | null>
  /** In this unit of work; answers the row of the change. */
  readonly topUp: (db: Db, actor: Actor, money: Money) => Promise<Result<number>>
}

export type Asked = { readonly id: string; readonly waitMs: number; readonly requestId: string }
