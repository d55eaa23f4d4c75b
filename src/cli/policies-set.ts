import { z } from 'zod'
import type { PoliciesPatch } from '../people/policies/schema.ts'
import { Tier } from '../projects/schema.ts'
import { type Control, type Failure, refusal, usage } from './control.ts'
import type { Shown } from './perform.ts'
import { plain, type Style } from './print.ts'
import { oneOf, type Resource, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

/** Stricter policies list the keys that they touch, and somebody says yes to it. */

export type SetOptions = Style & { readonly tier?: string; readonly dryRun?: boolean; readonly yes?: boolean }
type Query = Readonly<Record<string, string | undefined>>
export type Change = { readonly body: PoliciesPatch; readonly query: Query }

const ofTiers = [
  ...['urlKeys', 'defaultExpiresIn', 'maxExpiresIn', 'maxAgeDays', 'nameTemplate', 'allServers'],
  ...['addresses', 'maxStalenessSeconds', 'ceilings'],
]
const Said = z.looseObject({ policies: z.looseObject({ tiers: z.record(z.string(), z.unknown()).optional() }) })
const Foreseen = z.looseObject({
  touched: z
    .looseObject({
      total: z.number(),
      items: z.array(z.looseObject({ key: z.string(), name: z.string(), policies: z.array(z.string()) })),
    })
    .optional(),
})
type Touched = NonNullable<z.infer<typeof Foreseen>['touched']>

export async function setPolicies<T extends { id: string }>(
  terminal: Terminal,
  control: Control,
  policies: Resource<T>,
  { body: asked, query }: Change,
  options: SetOptions,
): Promise<Given<Shown>> {
  const place = await inTier(control, asked, options.tier)
  if (!place.ok) return place
  const call = { method: 'PATCH', path: policies.path, ...place.value } as const
  const dry = { ...call, query: { dryRun: 'true' } }
  if (options.dryRun) {
    const foreseen = await control.call(dry, Foreseen)
    if (!foreseen.ok) return foreseen
    const { touched } = foreseen.value
    return { ok: true, value: { raw: foreseen.raw, quiet: '', text: `${lines(touched).map(plain).join('\n')}\n` } }
  }
  if (!options.yes && !options.json) {
    const foreseen = await control.call(dry, Foreseen)
    if (!foreseen.ok) return foreseen
    const no = await unconfirmed(terminal, foreseen.value.touched)
    if (no) return no
  }
  return shownOne(control, policies, await control.call({ ...call, query }, oneOf(policies)))
}

/** What is said for one tier stands beside what was said for it before. */
async function inTier(
  control: Control,
  body: PoliciesPatch,
  tier: string | undefined,
): Promise<Given<{ body: object; ifMatch?: string | undefined }>> {
  if (tier === undefined) return { ok: true, value: { body } }
  if (!Tier.safeParse(tier).success) return usage('--tier must be development, staging or production.')
  if (Object.keys(body).some((field) => !ofTiers.includes(field)))
    return usage('--tier goes with what can be said for a tier: expiry, age, names, URL keys, servers, addresses.')
  const held = await control.call({ method: 'GET', path: '/policies' }, Said)
  if (!held.ok) return held
  const tiers = held.value.policies.tiers ?? {}
  const said = tiers[tier]
  const after = { ...tiers, [tier]: { ...(typeof said === 'object' ? said : {}), ...body } }
  return { ok: true, value: { body: { tiers: after }, ifMatch: held.etag ?? undefined } }
}

const shownAtMost = 20

function lines(touched: Touched | undefined): string[] {
  if (!touched || touched.total === 0) return ['No key is touched.']
  const some = touched.items
    .slice(0, shownAtMost)
    .map(({ key, name, policies }) => `  ${key}  ${name}  ${policies.join(', ')}`)
  const more = touched.total - some.length
  return [`This touches ${touched.total} keys:`, ...some, ...(more > 0 ? [`  and ${more} more`] : [])]
}

/** Null for a yes, or where nothing is touched. Where nobody can be asked, nobody has said it. */
async function unconfirmed({ ask, err }: Terminal, touched: Touched | undefined): Promise<Failure | null> {
  if (!touched || touched.total === 0) return null
  const text = lines(touched).map(plain).join('\n')
  if (ask === null) return refusal('confirmation_needed', `${text}\nGive --yes to do it.`)
  err(`${text}\n`)
  const answer = await ask('Do it? [y/N] ')
  return /^y(es)?$/i.test(answer.trim()) ? null : refusal('confirmation_needed', 'Nothing was changed.')
}
