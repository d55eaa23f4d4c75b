import { z } from 'zod'
import { IdOrSlug, knownForm } from '../../http/lists.ts'
import type { Route } from '../../http/route.ts'
import type { PeopleDeps } from '../deps.ts'
import { changePassword, PasswordChange, PasswordChanged } from '../passwords/change.ts'
import { createGuesses } from '../passwords/guesses.ts'
import { createTurns } from '../passwords/turns.ts'
import { route } from '../route.ts'
import type { Actor, Permission } from '../schema.ts'
import { browserOf } from './browser.ts'
import { showCurrent, signOut } from './current.ts'
import { endSessionById, endSessionsOfMember } from './end.ts'
import { listOfSessions, ManySessions, SessionPage } from './list.ts'
import { CurrentSession, SessionView, SignedIn } from './schema.ts'
import { PasswordSignIn, signInByPassword } from './sign-in.ts'

const OneSession = z.strictObject({ session: SessionView })
/** `endSessionUrl`: where the identity provider signs its own session out; null: it has none, or none was used. */
const SignedOut = OneSession.extend({ endSessionUrl: z.string().nullable() })
const Everywhere = z.strictObject({ everywhere: z.enum(['true', 'false']).default('false') })

export function sessionRoutes(deps: PeopleDeps): Route<Actor, Permission>[] {
  const guess = createGuesses(deps)
  const signIn = signInByPassword({ ...deps, guess, inTurn: createTurns() })
  const change = changePassword({ ...deps, guess })
  return [
    route({
      method: 'POST',
      path: '/sessions',
      summary: 'Signs a browser in with address and password',
      needs: { right: 'public', because: 'it is how one signs in; address and password are the proof' },
      body: PasswordSignIn,
      output: SignedIn,
      status: 201,
      signsIn: true,
      secretFields: ['csrfToken'],
      handle: (_stranger, { body, ...from }) => signIn(body, { ...from, browser: browserOf(from) }),
    }),
    ...currentRoutes(deps),
    ...listRoutes(deps),
    route({
      method: 'POST',
      path: '/me/password',
      summary: 'Changes the own password; every other browser of this person is signed out',
      needs: { right: 'session' },
      body: PasswordChange,
      output: PasswordChanged,
      signsIn: true,
      secretFields: ['csrfToken'],
      handle: (actor, { body, ...from }) => change(actor, body, { ...from, browser: browserOf(from) }),
    }),
  ]
}

const currentRoutes = (deps: PeopleDeps): Route<Actor, Permission>[] => {
  const show = showCurrent(deps)
  const leave = signOut(deps)
  return [
    route({
      method: 'GET',
      path: '/sessions/current',
      summary: 'Who is signed in with this browser, and the token that its changes need',
      needs: { right: 'first-factor' },
      output: CurrentSession,
      signsIn: true,
      handle: (actor, from) => show(actor, browserOf(from)),
    }),
    route({
      method: 'DELETE',
      path: '/sessions/current',
      summary: 'Signs this browser out of the organization, or of everything',
      needs: { right: 'first-factor' },
      query: Everywhere,
      output: SignedOut,
      signsIn: true,
      handle: (actor, { query, requestId, ...from }) =>
        leave(actor, browserOf(from), { isEverywhere: query.everywhere === 'true', requestId }),
    }),
  ]
}

const listRoutes = (deps: PeopleDeps): Route<Actor, Permission>[] => {
  const list = listOfSessions(deps)
  const end = endSessionById(deps)
  const endAll = endSessionsOfMember(deps)
  return [
    route({
      method: 'GET',
      path: '/sessions',
      summary: 'Lists the browsers that are signed in, newest first: the own ones, or those of a member',
      needs: { right: 'sessions:read' },
      query: SessionPage,
      output: ManySessions,
      handle: (actor, { query }) => list(actor, query),
    }),
    route({
      method: 'DELETE',
      path: '/sessions/:id',
      summary: 'Signs a browser out, with its next call',
      needs: { right: 'sessions:write' },
      params: IdOrSlug,
      output: OneSession,
      handle: (actor, { params, requestId }) => end(actor, { id: knownForm(params.id), requestId }),
    }),
    route({
      method: 'POST',
      path: '/members/:id/end-sessions',
      summary: 'Signs a person out of every browser',
      needs: { right: 'sessions:write' },
      params: IdOrSlug,
      output: z.strictObject({ ended: z.int() }),
      handle: (actor, { params, requestId }) => endAll(actor, { id: knownForm(params.id), requestId }),
    }),
  ]
}
