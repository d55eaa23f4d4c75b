import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { uniqueSlug } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import type { ChangeDeps, SignInDeps } from '../deps.ts'
import { refuseRole } from '../members/allowed.ts'
import type { Actor } from '../schema.ts'
import { problemOfEndpoint } from './ask.ts'
import type { SingleSignOnDeps } from './deps.ts'
import { defaultScopes, type NewIdentityProvider, type Settings } from './schema.ts'
import { type IdentityProvider, insertProvider, listProviders } from './store.ts'
import { auditedProvider, placeOfSecret } from './view.ts'

/** The page of the sign-in shows them all. */
export const providersAtMost = 20

export type ProviderDeps = Pick<ChangeDeps, 'read' | 'transaction' | 'system' | 'newId' | 'now'> &
  Pick<SignInDeps, 'encryptText' | 'decryptText' | 'controlUrl'> & { readonly singleSignOn: SingleSignOnDeps }

export const createProvider =
  (deps: ProviderDeps) =>
  (actor: Actor, input: NewIdentityProvider, requestId: string): Promise<Result<IdentityProvider>> => {
    const { organizationId } = actor
    const insert = async (db: Db): Promise<Result<IdentityProvider>> => {
      const wrong = await problemOfIssuer(deps, db, organizationId, input.issuer)
      if (wrong !== null) return refusedIssuer(wrong)
      const refused = refuseRole(actor, input.defaultRole ?? 'member')
      if (refused) return refused
      if ((await listProviders(db, organizationId)).length >= providersAtMost) return tooMany
      const provider = await planned(deps, db, actor, input)
      await insertProvider(db, organizationId, provider)
      await insertEvent(db, organizationId, {
        id: deps.newId('evt'),
        at: provider.createdAt,
        requestId,
        actor: audited(actor),
        action: 'identity-provider.created',
        subject: { kind: 'identity-provider', id: provider.id, name: provider.name },
        after: auditedProvider(provider),
      })
      return ok(provider)
    }
    return uniqueSlug('identity provider', input.slug, () => deps.transaction(organizationId, insert))
  }

const tooMany = refuse('invalid', { detail: `An organization has at most ${providersAtMost} identity providers.` })

const refusedIssuer = (detail: string) =>
  refuse('invalid', { detail: `The issuer ${detail}`, errors: [{ pointer: '/issuer', detail }] })

/** OpenID Connect Discovery §2: an address without query and fragment; and one that may be called from here. */
async function problemOfIssuer(
  { singleSignOn }: ProviderDeps,
  db: Db,
  organizationId: string,
  issuer: string,
): Promise<string | null> {
  const url = URL.parse(issuer)
  if (url === null) return 'must be a URL.'
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(issuer)) return 'must have no query and no fragment.'
  if (url.pathname.includes('/.well-known/')) return 'is the address before /.well-known/openid-configuration.'
  const problem = problemOfEndpoint(issuer, await singleSignOn.reachOf(db, organizationId))
  if (problem === null) return null
  return problem.endsWith('.') ? `leads where it may not: ${problem}` : `${problem}.`
}

const planned = async (
  deps: ProviderDeps,
  db: Db,
  actor: Actor,
  input: NewIdentityProvider,
): Promise<IdentityProvider> => {
  const { organizationId } = actor
  const id = deps.newId('idp')
  return {
    organizationId,
    id,
    slug: input.slug,
    name: input.name ?? input.slug,
    issuer: input.issuer,
    clientId: input.clientId,
    clientSecretBlob: await sealed(deps, db, { organizationId, id }, input.clientSecret ?? null),
    settings: settingsOf(actor, input),
    state: 'active',
    createdAt: deps.now(),
    createdBy: audited(actor).id,
    revision: 1,
  }
}

const settingsOf = (actor: Actor, input: NewIdentityProvider): Settings => ({
  scopes: input.scopes ?? defaultScopes,
  domains: input.domains,
  provisioning: input.provisioning ?? 'off',
  defaultRole: input.defaultRole ?? 'member',
  groupsClaim: input.groupsClaim ?? null,
  groups: input.groups ?? [],
  secondFactor: input.secondFactor ?? false,
  operators: actor.operator,
})

export const sealed = async (
  { encryptText }: Pick<ProviderDeps, 'encryptText'>,
  db: Db,
  { organizationId, id }: Pick<IdentityProvider, 'organizationId' | 'id'>,
  text: string | null,
): Promise<string | null> =>
  text === null ? null : encryptText(db, organizationId, placeOfSecret(id), new Secret(text, 'client secret'))
