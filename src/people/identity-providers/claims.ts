import { displayName } from '../../keys/schema.ts'
import { emailAddress } from '../schema.ts'
import type { Settings } from './schema.ts'

/** What a provider has said of somebody, as far as it counts. */
export type Said = {
  readonly subject: string
  /** Verified, in the spelling of addresses here, and of a domain of which the provider may speak; null: there is none. */
  readonly email: string | null
  readonly name: string | null
  /** Null: nothing was said about groups. */
  readonly groups: readonly string[] | null
}

/** OpenID Connect Core §2: a subject has at most 255 ASCII characters; null: that is none. */
export function readClaims(
  claims: Readonly<Record<string, unknown>>,
  { domains, groupsClaim }: Pick<Settings, 'domains' | 'groupsClaim'>,
): Said | null {
  const subject = claims['sub']
  if (typeof subject !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(subject)) return null
  const name = displayName.safeParse(claims['name'])
  return {
    subject,
    email: addressIn(claims, domains),
    name: name.success ? name.data : null,
    groups: groupsClaim === null ? null : groupsIn(claims, groupsClaim),
  }
}

/** `true` and nothing like it: whoever may write any text into his profile must not become somebody else. */
function addressIn(claims: Readonly<Record<string, unknown>>, domains: readonly string[]): string | null {
  const given = claims['email']
  // What other alphabets fold to would be the address of somebody else (the Kelvin sign is a small k).
  if (typeof given !== 'string' || !/^[\x21-\x7e]+$/.test(given)) return null
  const email = emailAddress.safeParse(given)
  if (!email.success || claims['email_verified'] !== true) return null
  const domain = email.data.slice(email.data.lastIndexOf('@') + 1)
  return domains.includes(domain) ? email.data : null
}

const groupsAtMost = 2000

/** One that is in too many has no list in his claims but a place to ask for it, so nothing was said. */
function groupsIn(claims: Readonly<Record<string, unknown>>, claim: string): readonly string[] | null {
  const given = Object.hasOwn(claims, claim) ? claims[claim] : null
  if (typeof given === 'string') return [given]
  if (!Array.isArray(given)) return null
  return given.filter((group) => typeof group === 'string').slice(0, groupsAtMost)
}
