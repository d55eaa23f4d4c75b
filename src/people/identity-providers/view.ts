import type { SealedPlace, SignInDeps } from '../deps.ts'
import type { IdentityProviderView, ProviderState } from './schema.ts'
import type { IdentityProvider } from './store.ts'

type Places = Pick<SignInDeps, 'controlUrl'>

/**
 * Each provider has its own (RFC 9700 §4.4.2.2): of many that do not name themselves in their answers, and of which
 * somebody may run a false one, the address alone tells which one has answered.
 */
export const redirectUriOf = ({ controlUrl }: Places, { id }: Pick<IdentityProvider, 'id'>): string =>
  `${controlUrl()}/sign-in/callback/${id}`

export const signInUrlOf = ({ controlUrl }: Places, organizationSlug: string, slug: string): string =>
  `${controlUrl()}/sign-in/oidc/${organizationSlug}/${slug}`

export const viewOf = (deps: Places, organizationSlug: string, provider: IdentityProvider): IdentityProviderView => ({
  ...provider.settings,
  id: provider.id,
  slug: provider.slug,
  name: provider.name,
  issuer: provider.issuer,
  clientId: provider.clientId,
  hasClientSecret: provider.clientSecretBlob !== null,
  redirectUri: redirectUriOf(deps, provider),
  signInUrl: signInUrlOf(deps, organizationSlug, provider.slug),
  state: stateOf(provider),
  createdAt: new Date(provider.createdAt).toISOString(),
  revision: provider.revision,
})

const stateOf = ({ state }: IdentityProvider): (typeof ProviderState.options)[number] =>
  state === 'active' ? 'active' : 'disabled'

/** For the audit log: everything but the secret, of which only that there is one. */
export const auditedProvider = ({
  slug,
  name,
  issuer,
  clientId,
  clientSecretBlob,
  settings,
  state,
}: IdentityProvider) => ({
  slug,
  name,
  issuer,
  clientId,
  hasClientSecret: clientSecretBlob !== null,
  ...settings,
  state,
})

/** Where the secret of its client stands in the vault. It belongs to no project, so to no environment. */
export const placeOfSecret = (providerId: string): SealedPlace => ({
  purpose: 'identity-provider',
  subject: providerId,
  version: 1,
  environment: '',
})
