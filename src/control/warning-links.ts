import { newId } from '../keys/token.ts'
import { forgetWarnings } from '../keys/warnings/store.ts'
import { warnKeys } from '../keys/warnings/warn.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { World } from './world.ts'

const minuteMs = 60_000
const keptMs = 30 * 24 * 60 * minuteMs

/** Keys that end soon, and secrets that should be replaced. */
export const warningJobs = ({ now, randomBytes }: World, { database: { system } }: Store): Job[] => [
  {
    name: 'warn before keys end',
    everyMs: minuteMs,
    run: warnKeys({ system, newId: (prefix) => newId(prefix, randomBytes), now }),
  },
  {
    name: 'forget old warnings',
    everyMs: 60 * minuteMs,
    run: async (isStopping) => {
      while (!isStopping() && (await system.transaction((db) => forgetWarnings(db, now() - keptMs))));
    },
  },
]
