import type { Db } from '../../db/database.ts'
import { newCookie } from './new-cookie.ts'
import type { StartDeps } from './start.ts'
import { markFactorShown } from './store.ts'

type Rise = {
  readonly organizationId: string
  readonly sessionId: string
  /** The header of the call. */
  readonly cookie: string | null
}

/**
 * The second factor was shown: the session opens everything from here on, under a new value of the cookie. `db` is a
 * unit of the system; the event is its caller's.
 */
export const raiseSession =
  (deps: StartDeps) =>
  async (db: Db, { organizationId, sessionId, cookie }: Rise): Promise<{ setCookie: string; csrfToken: string }> => {
    const at = deps.now()
    const { csrfToken, line } = await newCookie(deps, db, { cookie, replacing: null, at })
    await markFactorShown(db, organizationId, sessionId, at)
    return { setCookie: line(), csrfToken }
  }
