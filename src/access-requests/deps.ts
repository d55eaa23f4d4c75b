import type { Database } from '../db/database.ts'

/** Everything that the routes of this folder use; control's composition root supplies it. */
export type AccessRequestDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
