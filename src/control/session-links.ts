import { forgetResets, forgetSessions, forgetSignInAttempts } from '../people/sessions/old/store.ts'
import { createSessionProof, type ProveSession } from '../people/sessions/prove.ts'
import { writeSessionUse } from '../people/sessions/store.ts'
import { createLastUsed } from '../people/tokens/last-used.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { World } from './world.ts'

const hourMs = 3_600_000
const keptMs = 30 * 24 * hourMs

export type Sessions = {
  readonly prove: ProveSession
  readonly jobs: readonly Job[]
  /** What was not yet written when the process ends; what is lost of it is a time in a list. */
  readonly settled: () => Promise<void>
}

/** Browsers that are signed in. */
export const createSessions = ({ now, log }: World, { database: { system } }: Pick<Store, 'database'>): Sessions => {
  const { note, flush } = createLastUsed({ system, write: writeSessionUse })
  return {
    prove: createSessionProof({ system, now, noteUse: note }),
    jobs: [
      // Half of what a session promises to be behind at most.
      { name: 'note when sessions were used', everyMs: 30_000, run: flush },
      {
        name: 'forget old sessions',
        everyMs: hourMs,
        run: async (isStopping) => {
          while (!isStopping() && (await system.transaction((db) => forgetSessions(db, now() - keptMs))));
          while (!isStopping() && (await system.transaction((db) => forgetResets(db, now() - keptMs))));
          while (!isStopping() && (await system.transaction((db) => forgetSignInAttempts(db, now()))));
        },
      },
    ],
    settled: () => flush().catch((err) => log.warn({ err }, 'when sessions were last used was not kept')),
  }
}
