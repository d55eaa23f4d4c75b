import type { Database, Db } from '../../db/database.ts'
import { type TokenUse, writeLastUsed } from './store.ts'

type Deps = {
  readonly system: Pick<Database['system'], 'transaction'>
  /** Default: of management tokens; of sessions in people/sessions/store.ts. */
  readonly write?: (db: Db, uses: readonly TokenUse[]) => Promise<void>
}
export type LastUsed = {
  readonly note: (use: TokenUse) => void
  /** Writes what was noted. Called every few seconds and at the end; what fails is kept for the next time. */
  readonly flush: () => Promise<void>
}

const atOnce = 200

/** When each management token was last presented: in memory first, since a write per call would cost more than the call. */
export function createLastUsed({ system, write = writeLastUsed }: Deps): LastUsed {
  const noted = new Map<string, TokenUse>()
  const note = (use: TokenUse): void => {
    const known = noted.get(use.id)
    if (known === undefined || known.at < use.at) noted.set(use.id, use)
  }
  const flush = async (): Promise<void> => {
    while (noted.size > 0) {
      const uses = [...noted.values()].slice(0, atOnce)
      for (const { id } of uses) noted.delete(id)
      try {
        await system.transaction((db) => write(db, uses))
      } catch (error) {
        for (const use of uses) note(use)
        throw error
      }
    }
  }
  return { note, flush }
}
