import type { CurrentSession } from '../../src/people/sessions/schema.ts'
import { ask, keepSession } from '../api.ts'

/**
 * What changes how one signs in gives the browser another cookie, and that one has another token for changes. Where it
 * fails the next change asks for it: the change before is done, and its answer may hold what is shown once.
 */
export const renewSession = (): Promise<void> =>
  ask<CurrentSession>('GET /sessions/current').then(keepSession, () => undefined)
