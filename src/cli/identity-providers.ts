import { z } from 'zod'
import {
  GivenRole,
  IdentityProviderPatch,
  NewIdentityProvider,
  Provisioning,
} from '../people/identity-providers/schema.ts'
import { type ChangeOptions, changeOne } from './change-one.ts'
import { usage } from './control.ts'
import { credentialGiven } from './credential.ts'
import { type Exit, exit } from './exit.ts'
import { changesOf, inputOf, sentences, yesOrNo } from './input.ts'
import { makeOne } from './make-one.ts'
import { asTyped, perform } from './perform.ts'
import { type Fact, plain, type Style } from './print.ts'
import type { Resource } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { byComma, type Given, pathTo } from './values.ts'

const Rule = z.looseObject({ group: z.string(), team: z.string().optional(), role: z.string().optional() })
const Fields = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  hasClientSecret: z.boolean(),
  redirectUri: z.string(),
  signInUrl: z.string(),
  domains: z.array(z.string()),
  scopes: z.array(z.string()),
  provisioning: z.string(),
  defaultRole: z.string(),
  groupsClaim: z.string().nullable(),
  groups: z.array(Rule),
  secondFactor: z.boolean(),
  operators: z.boolean(),
  state: z.string(),
  createdAt: z.string(),
})
type Fields = z.infer<typeof Fields>

const ruleOf = ({ group, team, role }: z.infer<typeof Rule>): string =>
  [group, team && `team:${team}`, role && `role:${role}`].filter(Boolean).join(' ')

export const identityProviders: Resource<Fields> = {
  path: '/identity-providers',
  field: 'identityProvider',
  item: Fields,
  titleOf: ({ slug }) => slug,
  facts: (provider): Fact[] => [
    ['id', provider.id],
    ['slug', provider.slug],
    ['name', provider.name],
    ['issuer', provider.issuer],
    ['client id', provider.clientId],
    ['client secret', provider.hasClientSecret ? 'set' : 'none'],
    ['redirect URI', provider.redirectUri],
    ['sign in at', provider.signInUrl],
    ['domains', provider.domains.join(', ')],
    ['scopes', provider.scopes.join(' ')],
    ['first sign-in', provider.provisioning === 'off' ? 'makes no member' : `makes a ${provider.defaultRole}`],
    ['groups in', provider.groupsClaim ?? 'no claim'],
    ['groups', provider.groups.map(ruleOf).join('; ') || 'none'],
    ['second factor', provider.secondFactor ? 'asked for over there' : 'asked for here, where it is'],
    ['operators', provider.operators ? 'may come in' : 'may not come in'],
    ['state', provider.state],
    ['created', provider.createdAt],
  ],
  head: ['SLUG', 'ISSUER', 'DOMAINS', 'STATE'],
  row: ({ slug, issuer, domains, state }) => [slug, issuer, domains.join(', '), state],
}

type Options = {
  readonly name?: string
  readonly clientSecretFile?: string
  readonly domains?: string
  readonly scopes?: string
  readonly provisioning?: string
  readonly defaultRole?: string
  readonly groupsClaim?: string
  readonly group?: readonly string[]
  readonly secondFactor?: string
}
export type IdentityProvidersAddOptions = Style & Options & { readonly issuer?: string; readonly clientId?: string }
export type IdentityProvidersUpdateOptions = ChangeOptions &
  Options & {
    readonly slug?: string
    readonly state?: string
    /** False: it goes. */
    readonly clientSecret?: boolean
  }

export const identityProvidersAdd = async (
  terminal: Terminal,
  slug: string,
  options: IdentityProvidersAddOptions,
): Promise<Exit> => {
  const resource = identityProviders
  const aside = 'Register the redirect URI at the identity provider, then look at it with "identity-providers test".\n'
  return makeOne(terminal, { resource, aside }, await newProvider(terminal, slug, options), asTyped, options)
}

export const identityProvidersUpdate = async (
  terminal: Terminal,
  id: string,
  options: IdentityProvidersUpdateOptions,
): Promise<Exit> =>
  changeOne(terminal, { resource: identityProviders, id }, await changesIn(terminal, options), asTyped, options)

async function newProvider(terminal: Terminal, slug: string, options: IdentityProvidersAddOptions) {
  const { issuer, clientId } = options
  if (issuer === undefined || clientId === undefined || options.domains === undefined)
    return usage('Give --issuer, --client-id and --domains.')
  const given = await fieldsOf(terminal, options)
  if (!given.ok) return given
  return inputOf(
    NewIdentityProvider,
    { slug, issuer, clientId, ...given.value },
    { ...wrong, slug: sentences.slug('The <slug>') },
  )
}

async function changesIn(terminal: Terminal, options: IdentityProvidersUpdateOptions) {
  const given = await fieldsOf(terminal, options)
  if (!given.ok) return given
  const { slug, state } = options
  const goes = options.clientSecret === false ? { clientSecret: null } : {}
  return changesOf(IdentityProviderPatch, { slug, state, ...given.value, ...goes }, wrong)
}

async function fieldsOf(terminal: Terminal, options: Options): Promise<Given<object>> {
  const { name, provisioning, defaultRole, groupsClaim, clientSecretFile, domains, scopes } = options
  const secret = await credentialGiven(
    terminal,
    clientSecretFile === undefined ? {} : { credentialFile: clientSecretFile },
  )
  if (!secret.ok) return secret
  const groups = rulesIn(options.group)
  if (!groups.ok) return groups
  const secondFactor = yesOrNo('--second-factor', options.secondFactor)
  if (!secondFactor.ok) return secondFactor
  const value = {
    ...{ name, provisioning, defaultRole, groups: groups.value, secondFactor: secondFactor.value },
    groupsClaim: groupsClaim === 'none' ? null : groupsClaim,
    clientSecret: secret.value ?? undefined,
    domains: domains === undefined ? undefined : byComma(domains),
    scopes: scopes === undefined ? undefined : byComma(scopes),
  }
  return { ok: true, value }
}

/** `GROUP=team:ops,role:admin`; what stands before the last `=` is the name of the group, whatever it holds. */
function rulesIn(texts: readonly string[] | undefined): Given<object[] | undefined> {
  if (texts === undefined) return { ok: true, value: undefined }
  if (texts.length === 1 && texts[0] === 'none') return { ok: true, value: [] }
  const rules = texts.map((text) => {
    const at = text.lastIndexOf('=')
    const parts = text.slice(at + 1).split(',')
    const isRight = at > 0 && parts.every((part) => /^(team|role):[A-Za-z0-9_-]+$/.test(part))
    return isRight ? { group: text.slice(0, at), ...Object.fromEntries(parts.map((part) => part.split(':'))) } : null
  })
  const found = rules.filter((rule) => rule !== null)
  return found.length === texts.length ? { ok: true, value: found } : usage(wrong.groups)
}

const wrong = {
  slug: sentences.slug('--slug'),
  name: sentences.name('--name'),
  domains: '--domains must be domains by comma, such as example.com.',
  scopes: '--scopes must be scopes by comma, openid among them.',
  provisioning: `--provisioning must be ${Provisioning.options.join(' or ')}.`,
  defaultRole: `--default-role must be one of ${GivenRole.options.join(', ')}.`,
  groups: `--group must be GROUP=team:SLUG, GROUP=role:ROLE or both by comma, with a role of ${GivenRole.options.join(', ')}; or none.`,
  state: '--state must be active or disabled.',
  clientSecret: 'The client secret must be 1 to 512 visible ASCII characters.',
}

const Look = z.looseObject({
  works: z.boolean(),
  detail: z.string(),
  authorizationEndpoint: z.string().nullable(),
  tokenEndpoint: z.string().nullable(),
  endsSessions: z.boolean(),
  namesItself: z.boolean(),
  takesPkce: z.boolean(),
  missingTeams: z.array(z.string()),
})

/** What it says of itself now; fails unless people could be sent there. */
export const identityProvidersTest = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(identityProviders.path, id), async (control, path) => {
    const answer = await control.call({ method: 'POST', path: `${path}/test`, body: {} }, Look)
    if (!answer.ok) return answer
    const { works, detail, missingTeams, authorizationEndpoint } = answer.value
    const lines = works ? [detail, `People are sent to ${authorizationEndpoint}`] : [detail]
    const gone =
      missingTeams.length === 0 ? '' : `Rules name teams that are not there: ${missingTeams.map(plain).join(', ')}\n`
    const text = `${lines.map(plain).join('\n')}\n`
    const quiet = works ? 'works' : 'does not work'
    return { ok: true, value: { raw: answer.raw, quiet, text, aside: gone, exit: works ? exit.done : exit.failed } }
  })
