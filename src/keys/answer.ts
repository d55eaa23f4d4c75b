import { z } from 'zod'
import type { Actor } from '../people/schema.ts'
import type { Secret } from '../secret.ts'
import type { Claim } from './claims/offer.ts'
import type { Created } from './create.ts'
import { One, type ShowDeps, showOne } from './show.ts'
import type { StoredKey } from './store.ts'

export const Revealed = One.extend({
  secret: z.string(),
  /** Of a URL key: what a client takes that can send no header. */
  url: z.string().optional(),
})
export const Claimable = One.extend({ claim: z.strictObject({ url: z.string(), expiresAt: z.string() }) })
/** Of each kind of answer about a fresh key: what is shown once. */
export const shownOnce = ['secret', 'url', 'claim.url', 'access_token'] as const

export type AnswerDeps = ShowDeps & {
  /** Where clients of the organization call, without a slash at the end. */
  readonly gatewayUrl: (organizationId: string) => string
  /** The link for whoever owns a key that somebody else has made. */
  readonly claimUrl: (code: Secret) => string
}

/** The one answer in which the secret leaves, or the link to it. */
export const answerFor = (deps: AnswerDeps) => {
  const show = showOne(deps)
  return async (actor: Actor, created: Created) => {
    const shown = await show(actor, created.key)
    if ('secret' in created) return { ...shown, ...revealed(deps, created.key, created.secret) }
    return { ...shown, claim: offered(deps, created.claim) }
  }
}

export const offered = ({ claimUrl }: Pick<AnswerDeps, 'claimUrl'>, { code, expiresAt }: Claim) => ({
  url: claimUrl(code),
  expiresAt: new Date(expiresAt).toISOString(),
})

export const revealed = (
  { gatewayUrl }: Pick<AnswerDeps, 'gatewayUrl'>,
  { record: { tokenKind, organization } }: StoredKey,
  secret: Secret,
): { readonly secret: string; readonly url?: string } => {
  const text = secret.reveal()
  return tokenKind === 'u' ? { secret: text, url: `${gatewayUrl(organization)}/mcp/${text}` } : { secret: text }
}
