import { TOTP } from 'otpauth'
import { createGuard } from '../src/control/guard.ts'
import type { Database } from '../src/db/database.ts'
import type { Browser } from '../src/http/route.ts'
import { may } from '../src/people/may.ts'
import { setPassword } from '../src/people/passwords/store.ts'
import { peopleRoutes } from '../src/people/routes.ts'
import { type Actor, resources } from '../src/people/schema.ts'
import { factorAsked } from '../src/people/second-factor/asked.ts'
import { createSessionProof } from '../src/people/sessions/prove.ts'
import { startSession } from '../src/people/sessions/start.ts'
import { findMember, type Member } from '../src/people/store.ts'
import { type Result, refuse } from '../src/problems.ts'
import { Secret } from '../src/secret.ts'
import { callRoute, createKeyring, granted } from './keyring.ts'

export const goodPassword = 'a lantern of 12 storks'
/** A browser: the cookie that it holds, and what its page knows. */
export type Tab = { cookie: string | null; csrf: string; readonly address: string }
// biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does
type Answer = any

export const codeAt = (secret: string, at: number): string => new TOTP({ secret }).generate({ timestamp: at })

/** Routes of people behind the guard, with sessions as browsers have them, and passwords that are right. */
export async function createFactorRig(database: Database) {
  const ring = await createKeyring(database)
  const { clock, first, peopleDeps } = ring
  const routes = peopleRoutes(peopleDeps)
  const guard = createGuard({
    proveActor: async () => refuse('not_signed_in'),
    proveSession: createSessionProof({ system: database.system, now: clock.now, noteUse: () => {} }),
    may,
    attempts: { blocked: () => 0, failed: () => {} },
  })
  const organizationId = first.organizationId
  const memberOf = async (id: string): Promise<Member> => {
    const member = await database.system.read((db) => findMember(db, organizationId, id))
    if (!member) throw new Error(`there is no member ${id}`)
    return member
  }
  /** Signs a browser in as the password would; `tab`: where it is signed in elsewhere already. */
  const enter = async ({ memberId }: Pick<Actor, 'memberId'>, tab?: Tab): Promise<Tab> => {
    const member = await memberOf(memberId)
    const browser = { cookie: tab?.cookie ?? null, userAgent: 'test' }
    const started = await database.system.transaction(async (db) => {
      const secondFactor = await factorAsked(db, organizationId, member)
      const start = { organizationId, member, method: 'password' as const, identityProviderId: null, secondFactor }
      return startSession(peopleDeps)(db, { ...start, browser, address: '192.0.2.1', requestId: 'req_test' })
    })
    return { cookie: started.setCookie.split(';')[0] ?? null, csrf: started.csrfToken, address: '192.0.2.1' }
  }
  const call = async (tab: Tab, what: string, body: object = {}, more: object = {}): Promise<Result<Answer>> => {
    const route = routes.find(({ method, path }) => `${method} ${path}` === what)
    if (!route) throw new Error(`there is no ${what}`)
    const headers = { cookie: tab.cookie ?? undefined, 'ostiary-csrf': tab.csrf, 'sec-fetch-site': 'same-origin' }
    const caller = { authorization: null, address: tab.address, isProxy: false }
    const asking = await guard(route.needs, { ...caller, stream: { headers, method: route.method } })
    if (!asking.ok) return asking
    const browser: Browser = {
      cookie: tab.cookie,
      userAgent: 'test',
      isProxy: false,
      setCookie: (line) => {
        tab.cookie = line.split(';')[0] ?? null
      },
    }
    const done = await callRoute([bound(route, browser, tab.address)])(asking.value, what, { body, ...more })
    const token = done.ok && Object(done.value).csrfToken
    if (typeof token === 'string') tab.csrf = token
    return done
  }
  /** Of a member with a password; the secret of his authenticator and his recovery codes. */
  const equip = async (tab: Tab): Promise<{ secret: string; recoveryCodes: string[] }> => {
    const { secret } = granted(await call(tab, 'POST /me/second-factor'))
    const code = codeAt(secret, clock.now())
    const { recoveryCodes } = granted(await call(tab, 'POST /me/second-factor/confirm', { code }))
    return { secret, recoveryCodes }
  }
  const givePassword = async (memberId: string, password = goodPassword): Promise<void> => {
    const stored = granted(await peopleDeps.hashPassword(organizationId, memberId, new Secret(password)))
    await database.system.transaction((db) => setPassword(db, organizationId, memberId, stored, clock.now()))
  }
  const events = (action: string) =>
    database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select(['action', 'actor_kind', 'actor_id', 'subject_id', 'before', 'after'])
        .where('action', '=', action)
        .orderBy('row_id')
        .execute(),
    )
  /** All that stands in the store about people who come in. */
  const everything = async (): Promise<string> => {
    const tables = ['sign_in_secrets', 'recovery_codes', 'password_resets', 'sessions', 'audit_events'] as const
    const rows = []
    for (const table of tables)
      rows.push(await database.system.read((db) => db.selectFrom(table).selectAll().execute()))
    return JSON.stringify(rows)
  }
  const permissions = resources.flatMap((one) => [`${one}:read`, `${one}:write`] as const)
  const mayCall = (actor: Actor, what: string): boolean => {
    const right = routes.find(({ method, path }) => `${method} ${path}` === what)?.needs.right
    return permissions.some((one) => one === right && may(actor, one))
  }
  const part = { routes, organizationId, memberOf, enter, call, equip, givePassword, events, everything, mayCall }
  return { ...ring, ...part, database, asActor: callRoute(routes) }
}
export type FactorRig = Awaited<ReturnType<typeof createFactorRig>>

type AnyRoute = ReturnType<typeof peopleRoutes>[number]
/** What `callRoute` does not know of: the browser, and from where it calls. */
const bound = (route: AnyRoute, browser: Browser, address: string): AnyRoute => ({
  ...route,
  handle: (actor, input) => route.handle(actor, { ...input, browser, address }),
})
