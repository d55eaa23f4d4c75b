import { tokenLimits } from '../../fleet/schema.ts'
import { ok, type Result } from '../../problems.ts'
import type { Form } from './form.ts'
import { refuseAs } from './refusal.ts'

/** What a call to the token endpoint asks for, read and not yet believed. */
export type Asked = {
  readonly grant: 'client_credentials' | 'token-exchange'
  /** The key, or in an exchange a child of one. */
  readonly secret: string
  /** Null: none was asked for. */
  readonly scope: readonly string[] | null
  readonly ttlSeconds: number | null
}
type Client = { readonly id: string | null; readonly secret: string | null }

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'
export const grantTypes = ['client_credentials', exchange] as const

/** Pure. `authorization`: the header, null without one. `base`: where clients reach this gateway. */
export function readAsked(form: Form, authorization: string | null, base: string): Result<Asked> {
  const client = clientOf(form, authorization)
  if (!client.ok) return client
  const credential = form.get('grant_type') === exchange ? subject(form, client.value) : credentials(form, client.value)
  if (!credential.ok) return credential
  for (const target of [form.get('resource'), form.get('audience')])
    if (target?.split(' ').some((each) => !isOurs(each, base))) return foreignTarget
  const scope = form.get('scope')
  const words = scope === undefined ? null : scope.split(' ').filter((word) => word !== '')
  if (words && (words.length > tokenLimits.words || !words.every(isScopeToken))) return badScope
  const ttlSeconds = ttlOf(form.get('ttl_seconds'))
  if (!ttlSeconds.ok) return ttlSeconds
  return ok({ ...credential.value, scope: words?.length ? words : null, ttlSeconds: ttlSeconds.value })
}

/** RFC 6749 §2.3: by Basic or in the body, never both. */
function clientOf(form: Form, authorization: string | null): Result<Client> {
  const inBody = { id: form.get('client_id') ?? null, secret: form.get('client_secret') ?? null }
  if (authorization === null) return ok(inBody)
  const basic = basicOf(authorization)
  if (basic === null) return otherScheme
  if (inBody.secret !== null || (inBody.id !== null && inBody.id !== basic.id)) return twice
  return ok(basic)
}

function basicOf(authorization: string): { id: string; secret: string } | null {
  const [, encoded] = /^basic +([A-Za-z0-9+/]{1,16384}={0,2}) *$/i.exec(authorization) ?? []
  const pair = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  if (colon === -1) return null
  const [id, secret] = [decoded(pair.slice(0, colon)), decoded(pair.slice(colon + 1))]
  return id === null || secret === null ? null : { id, secret }
}

/** Both were form-encoded before they went into the header (RFC 6749 §2.3.1). */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

function credentials(form: Form, { id, secret }: Client): Result<Pick<Asked, 'grant' | 'secret'>> {
  const grant = form.get('grant_type')
  if (grant === undefined) return withoutGrant
  if (grant !== 'client_credentials') return otherGrant
  if (id === null || secret === null || !isNamed(id, secret)) return withoutClient
  return ok({ grant, secret })
}

/** The subject token is the credential; whoever names a client beside it names the same one. */
function subject(form: Form, { id, secret }: Client): Result<Pick<Asked, 'grant' | 'secret'>> {
  const token = form.get('subject_token')
  if (token === undefined || form.get('subject_token_type') !== accessToken) return withoutSubject
  if (form.has('actor_token') || (form.get('requested_token_type') ?? accessToken) !== accessToken) return otherExchange
  if (secret !== null && secret !== token) return twice
  if (id !== null && token.startsWith('ostk_') && !isNamed(id, token)) return withoutClient
  return ok({ grant: 'token-exchange', secret: token })
}

/** A client is a key: by its id, or by the sixteen characters of it that stand in its secret. */
function isNamed(id: string, secret: string): boolean {
  const id16 = secret.slice('ostk_'.length, 'ostk_'.length + 16)
  return id === id16 || id === `key_${id16}`
}

const isOurs = (target: string, base: string): boolean => target === base || target.startsWith(`${base}/`)
/** RFC 6749 §3.3. */
const isScopeToken = (word: string): boolean =>
  word.length <= tokenLimits.wordLength && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word)

function ttlOf(text: string | undefined): Result<number | null> {
  if (text === undefined) return ok(null)
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return seconds >= 1 && seconds <= 86_400 ? ok(seconds) : badTtl
}

const withoutGrant = refuseAs('invalid_request', 'invalid', `Say grant_type: ${grantTypes.join(' or ')}.`)
const otherGrant = refuseAs('unsupported_grant_type', 'invalid', `Grants here: ${grantTypes.join(', ')}.`)
const withoutClient = refuseAs(
  'invalid_client',
  'key_missing',
  'The client is a key: its id as client_id, and the key itself as client_secret, by Basic or in the body.',
)
const otherScheme = refuseAs(
  'invalid_client',
  'key_missing',
  'The Authorization header here is Basic, with the id of a key and the key itself.',
)
const withoutSubject = refuseAs(
  'invalid_request',
  'invalid',
  `An exchange takes a key or a token of one as subject_token, with subject_token_type ${accessToken}.`,
)
const otherExchange = refuseAs('invalid_request', 'invalid', 'An exchange gives an access token, and knows no actor.')
const twice = refuseAs('invalid_request', 'credential_ambiguous', 'Send the credential once.')
const foreignTarget = refuseAs('invalid_target', 'invalid', 'The resource or audience is not at this gateway.')
const badScope = refuseAs(
  'invalid_scope',
  'invalid',
  'A scope holds up to 1000 words of RFC 6749, of up to 256 characters each.',
)
const badTtl = refuseAs('invalid_request', 'invalid', 'ttl_seconds is a whole number from 1 to 86400.')
