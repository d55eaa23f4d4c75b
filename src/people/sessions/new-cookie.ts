import type { Db } from '../../db/database.ts'
import { Secret } from '../../secret.ts'
import { browserHashOf, csrfTokenOf, presentedCookie, setCookieLine } from './cookie.ts'
import { endInBrowser, moveBrowser } from './store.ts'

type Deps = { readonly newCode: () => string }
type Asked = {
  /** The header with the value of before. */
  readonly cookie: string | null
  /** Where the browser's session gives way to a new one. */
  readonly replacing: string | null
  readonly at: number
}
export type NewCookie = {
  readonly browserHash: string
  readonly csrfToken: string
  /** The line of the header; `expiresAt`: of a session that is not among those that the browser had. */
  readonly line: (expiresAt?: number) => string
}

/**
 * A value that nobody has seen yet, at every sign-in and every rise of rights: whoever knows the one of before, because
 * he planted it, is out. `db` is a unit of the system: the browser's sessions in other organizations go along.
 */
export async function newCookie(deps: Deps, db: Db, { cookie, replacing, at }: Asked): Promise<NewCookie> {
  const value = new Secret(deps.newCode(), 'session cookie')
  const browserHash = browserHashOf(value)
  const known = presentedCookie(cookie)
  const former = known.ok && known.value !== null ? browserHashOf(known.value) : null
  if (former !== null && replacing !== null) await endInBrowser(db, replacing, former, { at, why: 'replaced' })
  const ends = former === null ? [] : await moveBrowser(db, { from: former, to: browserHash, at })
  const line = (expiresAt = at): string => setCookieLine(value, Math.ceil((Math.max(expiresAt, ...ends) - at) / 1000))
  return { browserHash, csrfToken: csrfTokenOf(value), line }
}
