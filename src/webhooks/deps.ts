import type { Vault } from '../credentials/vault.ts'
import type { Database } from '../db/database.ts'
import type { LookUp } from '../http/egress/lookup.ts'
import type { DeliverNow } from './deliver.ts'
import type { Ground } from './destination.ts'

/** What the verbs of this folder use; control's composition root supplies it. */
export type WebhookDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly vault: Pick<Vault, 'encryptText'>
  readonly ground: Ground
  readonly lookUp: LookUp
  readonly deliverNow: DeliverNow
  readonly newId: (prefix: string) => string
  readonly randomBytes: (size: number) => Uint8Array
  readonly now: () => number
}

export type Asked = { readonly id: string; readonly ifMatch: string | null; readonly requestId: string }
