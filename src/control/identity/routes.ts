import { z } from 'zod'
import { knownForm } from '../../http/lists.ts'
import { beginSignIn, type FlowDeps, type Sent } from '../../people/identity-providers/begin.ts'
import { type FinishDeps, finishSignIn } from '../../people/identity-providers/finish.ts'
import type { SingleSignOnError } from '../../people/identity-providers/schema.ts'
import type { PlainRoute } from '../app.ts'
import type { Answer } from '../call.ts'
import type { Call } from '../input.ts'

type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void
type Deps = FlowDeps & FinishDeps & { readonly log: { readonly info: Log; readonly warn: Log; readonly error: Log } }

const Start = z.object({ organization: z.string(), slug: z.string() })
const Back = z.object({ id: z.string() })

/** What a browser opens on its way to an identity provider, and when it comes back: answers are places to go to. */
export const singleSignOnPages = (deps: Deps): PlainRoute[] => {
  const begin = beginSignIn(deps)
  const finish = finishSignIn(deps)
  return [
    {
      path: '/sign-in/oidc/:organization/:slug',
      answer: (call) =>
        sent(deps, call, () => {
          const { organization, slug } = Start.parse(call.params)
          const { address, isProxy } = call
          const returnTo = new URLSearchParams(call.rawQuery).get('returnTo')
          const place = { organization: knownForm(organization), slug: knownForm(slug) }
          return begin({ ...place, returnTo, cookie: cookieOf(call), address, isProxy })
        }),
    },
    {
      path: '/sign-in/callback/:id',
      answer: (call) =>
        sent(deps, call, async () => {
          const { rawQuery, address, requestId, stream } = call
          const providerId = knownForm(Back.parse(call.params).id)
          const browser = { cookie: cookieOf(call), userAgent: stream.headers['user-agent'] ?? '' }
          const done = await finish({ providerId, rawQuery, browser, address, requestId })
          if (done.ok && (done.missingTeams?.length ?? 0) > 0)
            deps.log.warn(
              { requestId, providerId, teams: done.missingTeams },
              'rules of groups name teams that are gone, or that a configuration manages',
            )
          return done
        }),
    },
  ]
}

const cookieOf = ({ stream }: Call): string | null => stream.headers.cookie ?? null

/** Whatever went wrong: a word of ours in the address, the reason in the log. */
async function sent({ log }: Deps, { requestId }: Call, work: () => Promise<Sent>): Promise<Answer> {
  try {
    const done = await work()
    if (done.ok) return redirect(done.location, done.cookies)
    log.info({ requestId, error: done.error, why: done.why }, 'nobody was signed in by an identity provider')
    return failed(done.error)
  } catch (err) {
    log.error({ err, requestId }, 'a sign-in by an identity provider failed on our side')
    return failed('sso_failed')
  }
}

const failed = (error: SingleSignOnError): Answer => redirect(`/sign-in?error=${error}`, [])

const redirect = (location: string, cookies: readonly string[]): Answer => ({
  status: 302,
  headers: { location, ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }) },
  body: '',
  actor: null,
})
