import { z } from 'zod'
import { displayName } from '../../keys/schema.ts'
import { slug } from '../../servers/schema.ts'
import { Role } from '../schema.ts'

/** Wire types of single sign-on. Crosses to CLI and dashboard: zod only. */

export const identityProviderId = z.string().regex(/^idp_[0-9A-Za-z]{16}$/)

/** As in its discovery document, to the letter; control judges where it leads (people/identity-providers/issuer.ts). */
const issuer = z.string().min(1).max(2048)
/** Ids and secrets of clients (RFC 6749 appendix A). */
const visible = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\x20-\x7e]*$/, 'must be of visible ASCII characters')

const domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^(?=.*\.)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.|$))+(?<!\.)$/, 'must be a domain, such as example.com')
/** The ends of the addresses that it may speak for: of no other does its word count. */
const domains = z
  .array(domain)
  .min(1, 'must name a domain: of its addresses the provider may speak')
  .max(50)
  .transform((names) => [...new Set(names)])

const scopes = z
  .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'must be a scope'))
  .min(1)
  .max(20)
  .refine((names) => names.includes('openid'), 'must hold openid')
  .transform((names) => [...new Set(names)])

/** Whoever owns the organization says so in Ostiary itself. */
export const GivenRole = Role.exclude(['owner'])
export type GivenRole = z.infer<typeof GivenRole>

const claim = z.string().min(1).max(128)
const group = z.string().min(1).max(256)
/** Who is in the group there is in the team here, and has at least this role. */
export const GroupRule = z
  .strictObject({
    group,
    team: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional(),
    role: GivenRole.optional(),
  })
  .refine(({ team, role }) => team !== undefined || role !== undefined, 'must give a team or a role')
export type GroupRule = z.infer<typeof GroupRule>
const groups = z.array(GroupRule).max(200)

/** Whether the first sign-in of somebody of the domains makes a member. */
export const Provisioning = z.enum(['off', 'by-domain'])
export const ProviderState = z.enum(['active', 'disabled'])

/** Everything but who it is: what may be changed. */
export const Settings = z.strictObject({
  scopes: z.array(z.string()),
  domains: z.array(z.string()),
  provisioning: Provisioning,
  defaultRole: GivenRole,
  groupsClaim: z.string().nullable(),
  groups: z.array(GroupRule),
  secondFactor: z.boolean(),
  /** Whether an operator wrote it as it is: only then does anybody come in as an operator through it. */
  operators: z.boolean(),
})
export type Settings = z.infer<typeof Settings>

export const defaultScopes = ['openid', 'email', 'profile']

export const NewIdentityProvider = z.strictObject({
  slug,
  name: displayName.optional(),
  issuer,
  clientId: visible,
  /** Missing: a public client, proved by PKCE alone. */
  clientSecret: visible.optional(),
  scopes: scopes.optional(),
  domains,
  provisioning: Provisioning.optional(),
  defaultRole: GivenRole.optional(),
  groupsClaim: claim.optional(),
  groups: groups.optional(),
  /** It asks for a second factor itself, so nobody is asked for another one here. */
  secondFactor: z.boolean().optional(),
})
export type NewIdentityProvider = z.infer<typeof NewIdentityProvider>

/**
 * `null`: back to the default. Issuer and client stay what they are: subjects of another one are other people, so that
 * is another identity provider.
 */
export const IdentityProviderPatch = z.strictObject({
  slug: slug.optional(),
  name: displayName.nullable().optional(),
  clientSecret: visible.nullable().optional(),
  scopes: scopes.nullable().optional(),
  domains: domains.optional(),
  provisioning: Provisioning.nullable().optional(),
  defaultRole: GivenRole.nullable().optional(),
  groupsClaim: claim.nullable().optional(),
  groups: groups.nullable().optional(),
  secondFactor: z.boolean().nullable().optional(),
  state: ProviderState.optional(),
})
export type IdentityProviderPatch = z.infer<typeof IdentityProviderPatch>

/** An identity provider as REST shows it: no character of its secret. */
export const IdentityProviderView = Settings.extend({
  id: identityProviderId,
  slug,
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  hasClientSecret: z.boolean(),
  /** What the client is registered with over there; it is the provider's own, so that no answer of another one fits it. */
  redirectUri: z.string(),
  /** Where a sign-in begins. */
  signInUrl: z.string(),
  state: ProviderState,
  createdAt: z.string(),
  revision: z.int(),
})
export type IdentityProviderView = z.infer<typeof IdentityProviderView>

/** What a look at it found. */
export const ProviderLook = z.strictObject({
  /** Its discovery document could be read, and people could be sent there. */
  works: z.boolean(),
  detail: z.string(),
  authorizationEndpoint: z.string().nullable(),
  tokenEndpoint: z.string().nullable(),
  /** Whether signing out here can sign out over there. */
  endsSessions: z.boolean(),
  /** Whether it says in its answers who it is (RFC 9207), and takes PKCE with S256. */
  namesItself: z.boolean(),
  takesPkce: z.boolean(),
  /** Teams that rules name and that are not there (any more): those rules are passed over. */
  missingTeams: z.array(z.string()),
})
export type ProviderLook = z.infer<typeof ProviderLook>

export const SignInOptions = z.strictObject({
  organization: z.strictObject({ slug: z.string(), name: z.string() }).nullable(),
  passwords: z.enum(['on', 'off']),
  identityProviders: z.array(z.strictObject({ slug, name: z.string(), url: z.string() })),
})
export type SignInOptions = z.infer<typeof SignInOptions>

/** Why a sign-in over a provider did not succeed, as `/sign-in?error=` says it: nothing of what the provider wrote. */
export const singleSignOnErrors = [
  'sso_unknown',
  'sso_expired',
  'sso_busy',
  'sso_unreachable',
  'sso_refused',
  'sso_invalid',
  'sso_address',
  'sso_not_member',
  'sso_taken',
  'sso_operator',
  'member_deactivated',
  'sso_failed',
] as const
export type SingleSignOnError = (typeof singleSignOnErrors)[number]
