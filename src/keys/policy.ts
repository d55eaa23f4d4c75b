import type { KeyPolicies } from '../people/schema.ts'
import { refuse } from '../problems.ts'
import { presetMs } from './expiry.ts'
import { fitsTemplate } from './name-template.ts'
import type { KeyPatch } from './schema.ts'
import type { Failure } from './scope.ts'

/** What a key is about to be in the fields that policies govern; what is left out is not touched, and so not judged. */
export type Governed = {
  readonly name?: string | undefined
  readonly kind?: 'key' | 'url' | undefined
  /** Null: it would never end. */
  readonly expiresAt?: number | null | undefined
}
type Policies = Pick<KeyPolicies, 'nameTemplate' | 'urlKeys' | 'maxExpiresIn'>

/** Pure: why the policies of its organization do not allow it, each by its name and at its field; null: they do. */
export function refusalOfPolicies(
  asked: Governed,
  policies: Policies,
  now: number,
  said: Pick<KeyPatch, 'expiresIn'> = {},
): ReturnType<typeof refuse> | null {
  const broken = [nameIn(asked, policies), kindIn(asked, policies), expiryIn(asked, policies, now, said)]
  const failures = broken.flatMap((each) => each ?? [])
  const [first] = failures
  if (!first) return null
  return refuse('policy_refused', {
    detail: `${failures.map(({ policy, detail }) => `${policy}: ${detail}`).join('; ')}.`,
    errors: failures.map(({ pointer, policy, detail }) => ({ pointer, detail: `policy ${policy}: ${detail}` })),
    data: { policy: first.policy },
  })
}

type Broken = Failure & { readonly policy: keyof Policies }

function nameIn({ name }: Governed, { nameTemplate }: Policies): Broken | null {
  if (name === undefined || nameTemplate === null || fitsTemplate(name, nameTemplate)) return null
  return { policy: 'nameTemplate', pointer: '/name', detail: `names of keys are as "${nameTemplate}"` }
}

function kindIn({ kind }: Governed, { urlKeys }: Policies): Broken | null {
  if (kind !== 'url' || urlKeys === 'on') return null
  return { policy: 'urlKeys', pointer: '/kind', detail: 'there are no URL keys in this organization' }
}

function expiryIn(
  { expiresAt }: Governed,
  { maxExpiresIn }: Policies,
  now: number,
  { expiresIn }: Pick<KeyPatch, 'expiresIn'>,
): Broken | null {
  const longest = presetMs[maxExpiresIn]
  if (expiresAt === undefined || longest === null || (expiresAt !== null && expiresAt <= now + longest)) return null
  const pointer = expiresIn === undefined ? '/expiresAt' : '/expiresIn'
  return { policy: 'maxExpiresIn', pointer, detail: `a key ends within ${maxExpiresIn} from now` }
}
