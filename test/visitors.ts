import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { createCall } from '../src/control/call.ts'
import { createGuard } from '../src/control/guard.ts'
import type { Database } from '../src/db/database.ts'
import { createAttempts } from '../src/keys/attempts.ts'
import { may } from '../src/people/may.ts'
import { setPassword } from '../src/people/passwords/store.ts'
import { type PeopleDeps, peopleRoutes } from '../src/people/routes.ts'
import { createSessionProof } from '../src/people/sessions/prove.ts'
import { writeSessionUse } from '../src/people/sessions/store.ts'
import { createLastUsed } from '../src/people/tokens/last-used.ts'
import { Secret } from '../src/secret.ts'
import type { Keyring } from './keyring.ts'

export type Told = {
  readonly status: number
  readonly code: string | null
  // biome-ignore lint/suspicious/noExplicitAny: an answer as it came
  readonly body: any
  readonly text: string
  readonly setCookie: string | null
}
type Headers = Readonly<Record<string, string | undefined>>
export type Visitor = ReturnType<ReturnType<typeof createVisitors>['visitor']>

/** People with browsers, before the routes of people: guard, proof of sessions, parsing and cookies as in control. */
export const createVisitors = (ring: Keyring, database: Database, deps: PeopleDeps = ring.peopleDeps) => {
  const { system } = database
  const { now } = ring.clock
  const used = createLastUsed({ system, write: writeSessionUse })
  const guard = createGuard({
    proveActor: ring.prove,
    proveSession: createSessionProof({ system, now, noteUse: used.note }),
    may,
    attempts: createAttempts({ now }),
  })
  const failures: unknown[] = []
  const log = { error: (fields: unknown) => void failures.push(fields) }
  const call = createCall({ guard, once: async ({ run }) => ({ result: await run(), isReplay: false }), log })
  const routes = peopleRoutes(deps).map((route) => ({
    route,
    fits: new RegExp(`^${route.path.replace(/:\w+/g, '([^/]+)')}$`),
    answer: call(route),
  }))

  const send = async (line: string, headers: Headers, body: unknown, address: string): Promise<Told> => {
    const [method = '', url = ''] = line.split(' ')
    const [path = '', rawQuery = ''] = url.split('?')
    // A word of its own goes before a parameter, as in control's router.
    const found = routes
      .filter(({ route, fits }) => route.method === method && fits.test(path))
      .sort((one, other) => Number(one.route.path.includes(':')) - Number(other.route.path.includes(':')))[0]
    if (!found) throw new Error(`there is no ${line}`)
    const stream = new IncomingMessage(new Socket())
    stream.method = method
    const bytes = body === undefined ? null : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
    stream.headers = { ...headers, ...(bytes && { 'content-type': 'application/json' }) }
    stream.push(bytes)
    if (bytes) stream.push(null)
    const params = Object.fromEntries(
      (found.route.path.match(/:\w+/g) ?? []).map((name, at) => [name.slice(1), found.fits.exec(path)?.[at + 1]]),
    )
    const answer = await found.answer({
      ...{ stream, requestId: 'req_AAAABBBBCCCCDDDD', address, isProxy: false },
      ...{ authorization: headers['authorization'] ?? null, path: `/api/v1${path}`, rawQuery },
      ...{ params, query: Object.fromEntries(new URLSearchParams(rawQuery)) },
    })
    const text = String(answer.body)
    const parsed = JSON.parse(text)
    const cookies = answer.headers['set-cookie']
    const setCookie = cookies === undefined ? null : [cookies].flat().join('\n')
    return { status: answer.status, code: parsed.code ?? null, body: parsed, text, setCookie }
  }

  /** A browser with its jar and the token of the page in it. */
  const visitor = (address = '192.0.2.1') => {
    let [cookie, csrf]: [string | null, string | null] = [null, null]
    const ask = async (line: string, body?: unknown, headers: Headers = {}): Promise<Told> => {
      const own = { ...(cookie && { cookie }), ...(csrf && { 'ostiary-csrf': csrf }), 'user-agent': 'Browser/1' }
      const told = await send(line, { ...own, 'sec-fetch-site': 'same-origin', ...headers }, body, address)
      const value = told.setCookie?.split(';')[0] ?? null
      if (value !== null) cookie = value.endsWith('=') ? null : value
      if (typeof told.body.csrfToken === 'string') csrf = told.body.csrfToken
      return told
    }
    return {
      ask,
      signIn: (email: string, password: string, organization?: string) =>
        ask('POST /sessions', { email, password, ...(organization && { organization }) }),
      /** As the header has it, and a page's token. */
      holds: () => ({ cookie, csrf }),
      /** Takes over what another browser holds. */
      hold: (stolen: string | null, token: string | null = csrf) => {
        cookie = stolen
        csrf = token
      },
    }
  }
  return { send, visitor, used, failures }
}

/** A password for a member, as if he had chosen it. */
export const givePassword = async (
  ring: Keyring,
  database: Database,
  who: { readonly organizationId: string; readonly memberId: string },
  password: string,
): Promise<string> => {
  const { organizationId, memberId } = who
  const hashed = await ring.peopleDeps.hashPassword(organizationId, memberId, new Secret(password))
  if (!hashed.ok) throw new Error('the lane is full')
  const { now } = ring.clock
  // In small letters, as every address that came in through a form.
  const email = `${memberId}@example.com`.toLowerCase()
  await database.transaction(organizationId, async (db) => {
    await db.updateTable('members').set({ email }).where('id', '=', memberId).execute()
    await setPassword(db, organizationId, memberId, hashed.value, now())
  })
  return email
}
