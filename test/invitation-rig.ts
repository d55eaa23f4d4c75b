import type { Database } from '../src/db/database.ts'
import type { Route } from '../src/http/route.ts'
import { peopleRoutes } from '../src/people/routes.ts'
import type { Actor, Permission } from '../src/people/schema.ts'
import type { Result } from '../src/problems.ts'
import { actorOf, callRoute, createKeyring, granted } from './keyring.ts'

export type InvitationRig = Awaited<ReturnType<typeof createInvitationRig>>

export const goodPassword = 'seven brown horses'

/** Invitations as REST makes and takes them; `isMailed`: whether there is a mail server. */
export async function createInvitationRig(database: Database, { isMailed = false } = {}) {
  const ring = await createKeyring(database)
  const deps = isMailed ? ring.peopleDeps : { ...ring.peopleDeps, sendLetter: null }
  const routes = peopleRoutes(deps)
  const call = callRoute(routes)
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does
  const done = async (actor: Actor, line: string, given: object = {}): Promise<any> =>
    granted(await call(actor, line, given))
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does
  const invited = (email: string, more: object = {}, by: Actor = ring.owner): Promise<any> =>
    done(by, 'POST /invitations', { body: { email, ...more } })
  const cookies: string[] = []
  let calls = 0
  /** From an address of its own unless one is named: how often one may guess is asked apart. */
  const accept = async (
    code: string,
    email: string,
    more: { readonly password?: string; readonly name?: string } = {},
    from?: string,
  ): Promise<Result<unknown>> => {
    calls += 1
    const address = from ?? `10.0.${Math.floor(calls / 250)}.${calls % 250}`
    return take(routes, { code, email, password: goodPassword, ...more }, address, cookies)
  }
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does
  const rows = (table: 'members' | 'invitations' | 'sessions'): Promise<any[]> =>
    database.system.read((db) => db.selectFrom(table).selectAll().execute())
  const events = async (subject: string): Promise<{ action: string; actor_id: string; after: string | null }[]> =>
    database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select(['action', 'actor_id', 'after'])
        .where('subject_id', '=', subject)
        .orderBy('row_id')
        .execute(),
    )
  return { ring, database, call, done, invited, accept, cookies, rows, events, actorOf }
}

const take = async (
  routes: readonly Route<Actor, Permission>[],
  body: object,
  address: string,
  cookies: string[],
): Promise<Result<unknown>> => {
  const route = routes.find(({ path }) => path === '/invitations/accept')
  const parsed = route?.body?.safeParse(body)
  if (!route || !parsed) throw new Error('there is no way to accept')
  if (!parsed.success) return { ok: false, problem: { code: 'invalid', detail: parsed.error.message } }
  const setCookie = (line: string) => void cookies.push(line)
  const browser = { cookie: null, userAgent: 'a test', isProxy: false, setCookie }
  const given = { params: {}, query: {}, body: parsed.data, requestId: 'req_AAAABBBBCCCCDDDD', address, ifMatch: null }
  const stranger = { ...actorOf('', '', 'auditor'), kind: 'system' as const }
  const answer = await route.handle(stranger, { ...given, browser })
  return answer.ok ? { ok: true, value: route.output.parse(answer.value) } : answer
}

/** The code in a link. */
export const codeIn = ({ invitation }: { invitation: { url: string } }): string => new URL(invitation.url).hash.slice(1)
