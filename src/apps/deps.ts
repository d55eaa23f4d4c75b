import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Refs } from '../http/lists.ts'
import type { Directory } from '../keys/directory.ts'
import type { PrepareKey } from '../keys/prepare.ts'
import type { PrepareRotation } from '../keys/rotate.ts'
import type { KeyView } from '../keys/schema.ts'
import type { StoredKey } from '../keys/store.ts'
import type { Actor } from '../people/schema.ts'
import { refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'

/** What the verbs of this folder use; control's composition root supplies it. */
export type AppDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly directory: Pick<Directory, 'servers' | 'owner' | 'owners' | 'ownersOf' | 'reachOf' | 'policies' | 'projects'>
  /** Of keys/prepare.ts and keys/rotate.ts. */
  readonly prepareKey: PrepareKey
  readonly prepareRotation: PrepareRotation
  /** A key as REST shows it. */
  readonly showKey: (actor: Actor, key: StoredKey) => Promise<{ readonly key: KeyView; readonly refs: Refs }>
  /** A fresh secret as it is shown once; of a URL key with the URL. */
  readonly revealKey: (key: StoredKey, secret: Secret) => { readonly secret: string; readonly url?: string }
  /** Limits and budgets of an app that is deleted. */
  readonly dropCaps?: (db: Db, organizationId: string, appId: string, at: number) => Promise<void>
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** `maxStalenessSeconds`: the key's own, null where its organization's counts. */
  readonly effectOf: (
    organizationId: string,
    changeRowId: number,
    waitMs: number,
    maxStalenessSeconds?: number | null,
  ) => Promise<Effect>
}

export type Asked = {
  readonly idOrSlug: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}

export const invalid = (pointer: string, detail: string) =>
  refuse('invalid', { detail: `${pointer}: ${detail}.`, errors: [{ pointer, detail }] })
