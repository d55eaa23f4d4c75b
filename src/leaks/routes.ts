import { z } from 'zod'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { Allowance } from './allowance.ts'
import { alertIn, isSigned } from './github.ts'
import type { ProofDeps } from './holders.ts'
import type { Reports } from './reports.ts'
import { LeakReport, VerifyRequest } from './schema.ts'
import { verifyFound } from './verify.ts'

export type LeakDeps = ProofDeps & {
  readonly reports: Reports
  readonly reportsAllowed: Allowance
  readonly questionsAllowed: Allowance
  readonly wrongSignaturesAllowed: Allowance
  /** Null: GitHub's webhook is not configured. */
  readonly githubSecret: Secret | null
}

const Taken = z.strictObject({ received: z.literal(true) })
const taken = ok({ received: true as const })
const full = refuse('busy', { detail: 'Too many reports are waiting.', retryAfterSeconds: 5 })
const route = routeOf<Actor, Permission>()

/** Nobody signs in here: who holds a secret may have it stopped. */
export const leakRoutes = (deps: LeakDeps): Route<Actor, Permission>[] => {
  const verify = verifyFound(deps)
  return [
    route({
      method: 'POST',
      path: '/leaks',
      summary:
        'Reports a secret that was found where it must not be; the answer is the same whether it is right or not',
      needs: { right: 'public', because: 'holding the secret is the proof, and finders have no account' },
      body: LeakReport,
      output: Taken,
      status: 202,
      handle: async (_actor, { body, ...from }) =>
        limited(deps.reportsAllowed, from.address) ?? (deps.reports.token(body.token, from) ? taken : full),
    }),
    route({
      method: 'POST',
      path: '/leaks/verify',
      summary: 'Tells scanners whether a found secret can still be used: 200 if so, 401 if not (as trufflehog asks)',
      needs: { right: 'public', because: 'it tells whoever holds a key what a gateway tells him anyway' },
      body: VerifyRequest,
      output: z.strictObject({ live: z.literal(true) }),
      handle: async (_actor, { body, address }) => limited(deps.questionsAllowed, address) ?? verify(body),
    }),
    route({
      method: 'POST',
      path: '/leaks/github',
      summary: 'Takes alerts of GitHub secret scanning, signed with the secret of its webhook',
      needs: { right: 'public', because: 'GitHub signs the body instead' },
      // GitHub's own shape, of which only what counts is read.
      body: z.unknown(),
      signed: true,
      output: Taken,
      status: 202,
      handle: async (_actor, { body, signed, ...from }): Promise<Result<z.infer<typeof Taken>>> => {
        if (deps.githubSecret === null || !signed) return refuse('not_found')
        if (!isSigned(signed, deps.githubSecret))
          return limited(deps.wrongSignaturesAllowed, from.address) ?? refuse('not_signed_in', { detail: unsigned })
        const alert = alertIn(signed, body)
        return alert === null || deps.reports.alert(alert, from) ? taken : full
      },
    }),
  ]
}

const unsigned = "The body must be signed with the webhook's secret (X-Hub-Signature-256)."

const limited = (allowance: Allowance, address: string) => {
  const retryAfterSeconds = allowance.take(address)
  return retryAfterSeconds > 0 ? refuse('rate_limited', { retryAfterSeconds }) : null
}
