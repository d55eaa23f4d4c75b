import type { z } from 'zod'
import type { Doer } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import type { Refs } from '../../http/lists.ts'
import type { Result } from '../../problems.ts'
import type { Actor } from '../schema.ts'
import type { LeavingView, TransferInput, TransferView } from './schema.ts'

/** Who did it, when, and in which call. */
export type Happening = {
  readonly at: number
  readonly actor: Doer
  readonly requestId: string
  readonly reason?: string | undefined
}
type Turn = (db: Db, organizationId: string, memberId: string, happening: Happening) => Promise<readonly string[]>

/** What stands in the tables of other domains and leaves, or comes back, with a person. */
export type LeavingDeps = {
  readonly leaving: {
    /** Switches his own keys off, and those of his apps; answers which. Links to their secrets lead nowhere any more. */
    readonly suspendKeys: Turn
    /** Exactly those again. */
    readonly resumeKeys: Turn
    /** What could be handed on: at most `limit` of each, and how many there are. */
    readonly owned: (
      db: Db,
      organizationId: string,
      memberId: string,
      limit: number,
    ) => Promise<Pick<LeavingView, 'keys' | 'apps'>>
    readonly transfer: (actor: Actor, asked: TransferAsked) => Promise<Result<Transferred>>
  }
}
export type TransferAsked = {
  readonly memberId: string
  readonly input: TransferInput
  readonly waitMs: number
  readonly requestId: string
}
export type Transferred = z.input<typeof TransferView> & { readonly refs: Refs }
