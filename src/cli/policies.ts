import { z } from 'zod'
import { PoliciesPatch } from '../people/policies/schema.ts'
import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { changesOf, together } from './input.ts'
import { wholeNumber } from './key-options.ts'
import { perform } from './perform.ts'
import { type Change, type SetOptions, setPolicies } from './policies-set.ts'
import type { Fact, Style } from './print.ts'
import { oneOf, type Resource, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, waitMs } from './values.ts'

/** Each policy by its option: as text, or as a number; `none` where there may be none. */
export type PoliciesSetOptions = SetOptions & {
  readonly wait?: string
  readonly mixedEnvironments?: string
  readonly maxStaleness?: string
  readonly urlKeys?: string
  readonly defaultExpires?: string
  readonly maxExpires?: string
  readonly maxAgeDays?: string
  readonly nameTemplate?: string
  readonly leakAction?: string
  readonly maxChildSeconds?: string
  readonly maxRotationsPerHour?: string
  readonly blackouts?: string
  readonly privateNetworks?: string
  readonly requestsKept?: string
  readonly timeZone?: string
  readonly allServers?: string
  readonly addresses?: string
  readonly ceilings?: string
  readonly tiers?: string
  readonly secondFactorRoles?: string
  readonly passwordSignIn?: string
  readonly sessionIdle?: string
  readonly sessionMax?: string
}

const PolicyFields = z.looseObject({ id: z.string() })
type PolicyFields = z.infer<typeof PolicyFields>

const shown = [
  ['mixed environments', 'mixedEnvironments'],
  ['max staleness, s', 'maxStalenessSeconds'],
  ['URL keys', 'urlKeys'],
  ['default expiry', 'defaultExpiresIn'],
  ['longest expiry', 'maxExpiresIn'],
  ['oldest secret, days', 'maxAgeDays'],
  ['names look like', 'nameTemplate'],
  ['leaked keys', 'leakAction'],
  ['longest child, s', 'maxChildSeconds'],
  ['rotations an hour, %', 'maxRotationsPerHourPercent'],
  ['no rotation during', 'blackouts'],
  ['private networks', 'privateNetworks'],
  ['requests are kept, days', 'requestsKeptDays'],
  ['time zone', 'timeZone'],
  ['all servers', 'allServers'],
  ['usable from', 'addresses'],
  ['ceilings of members', 'ceilings'],
  ['by tier', 'tiers'],
  ['second factor for', 'secondFactorRoles'],
  ['sign-in by password', 'passwordSignIn'],
  ['session without use, min', 'sessionIdleMinutes'],
  ['longest session, h', 'sessionMaxHours'],
] as const

const say = (value: unknown): string =>
  value === null || value === undefined ? 'any' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** The rules of the organization: one thing, not a collection. */
const policies: Resource<PolicyFields> = {
  path: '/policies',
  field: 'policies',
  item: PolicyFields,
  titleOf: () => 'the policies',
  facts: (policy) => shown.flatMap(([name, field]): Fact[] => (field in policy ? [[name, say(policy[field])]] : [])),
  head: shown.map(([name]) => name.toUpperCase()),
  row: (policy) => shown.map(([, field]) => say(policy[field])),
}
const answer = oneOf(policies)

export const policiesGet = (terminal: Terminal, style: Style): Promise<Exit> =>
  perform(terminal, style, { ok: true, value: null }, async (control) =>
    shownOne(control, policies, await control.call({ method: 'GET', path: policies.path }, answer)),
  )

export const policiesSet = (terminal: Terminal, options: PoliciesSetOptions): Promise<Exit> =>
  perform(terminal, options, asked(options), (control, change) =>
    setPolicies(terminal, control, policies, change, options),
  )

const expiries = 'never, 30d, 60d, 90d, 180d or 1y'
const sentences = {
  mixedEnvironments: '--mixed-environments must be refused or with-reason.',
  maxStalenessSeconds: '--max-staleness must be a whole number of seconds from 5 to 86400.',
  urlKeys: '--url-keys must be on or off.',
  defaultExpiresIn: `--default-expires must be ${expiries}.`,
  maxExpiresIn: `--max-expires must be ${expiries}.`,
  maxAgeDays: '--max-age-days must be a whole number from 1 to 3650, or none.',
  nameTemplate: '--name-template must be 1 to 120 characters, or none.',
  leakAction: '--leak-action must be suspend or revoke.',
  maxChildSeconds: '--max-child-seconds must be a whole number from 1 to 86400.',
  maxRotationsPerHourPercent: '--max-rotations-per-hour must be a whole number of percent from 1 to 100.',
  privateNetworks: '--private-networks must be networks like 10.0.0.0/8,fd00::/8, or none.',
  requestsKeptDays: '--requests-kept must be a whole number of days from 1 to 3650.',
  allServers: '--all-servers must be allowed, with-reason or refused.',
  addresses: '--addresses must be addresses or CIDRs by comma, or any.',
  ceilings: '--ceilings must be JSON like {"requestsPerMinute":60,"maxExpiresIn":"90d"}, or none.',
  tiers: '--tiers must be JSON like {"production":{"maxExpiresIn":"90d"}}, or none.',
  secondFactorRoles: '--second-factor-roles must be roles like owner,admin, or none.',
  passwordSignIn: '--password-sign-in must be on or off.',
  sessionIdleMinutes: '--session-idle must be a whole number of minutes from 5 to 43200.',
  sessionMaxHours: '--session-max must be a whole number of hours from 1 to 2160.',
  timeZone: '--time-zone must be a name like Europe/Zurich.',
  blackouts:
    '--blackouts must be JSON like [{"days":["fri"],"from":"18:00","to":"06:00","zone":"Europe/Zurich"}], or none.',
}

function asked(options: PoliciesSetOptions): Given<Change> {
  const waited = waitMs(options.wait)
  if (!waited.ok) return waited
  const fields = together({
    maxStalenessSeconds: wholeNumber(options.maxStaleness, sentences.maxStalenessSeconds),
    maxAgeDays: orNone(options.maxAgeDays, (text) => wholeNumber(text, sentences.maxAgeDays)),
    nameTemplate: orNone(options.nameTemplate, (text) => ({ ok: true, value: text })),
    maxChildSeconds: wholeNumber(options.maxChildSeconds, sentences.maxChildSeconds),
    requestsKeptDays: wholeNumber(options.requestsKept, sentences.requestsKeptDays),
    maxRotationsPerHourPercent: wholeNumber(options.maxRotationsPerHour, sentences.maxRotationsPerHourPercent),
    blackouts: orNone(options.blackouts, jsonOf(sentences.blackouts)),
    ceilings: orNone(options.ceilings, jsonOf(sentences.ceilings)),
    tiers: orNone(options.tiers, jsonOf(sentences.tiers)),
    addresses: { ok: true, value: addressesOf(options.addresses) },
    secondFactorRoles: orNone(options.secondFactorRoles, (text) => ({ ok: true, value: text.split(',') })),
    sessionIdleMinutes: wholeNumber(options.sessionIdle, sentences.sessionIdleMinutes),
    sessionMaxHours: wholeNumber(options.sessionMax, sentences.sessionMaxHours),
    privateNetworks: orNone(options.privateNetworks, (text) => ({ ok: true, value: text.split(',') })),
  })
  if (!fields.ok) return fields
  const { mixedEnvironments, urlKeys, defaultExpires: defaultExpiresIn, maxExpires: maxExpiresIn } = options
  const { leakAction, timeZone, allServers, passwordSignIn } = options
  const words = {
    mixedEnvironments,
    urlKeys,
    defaultExpiresIn,
    maxExpiresIn,
    leakAction,
    timeZone,
    allServers,
    passwordSignIn,
  }
  const body = changesOf(PoliciesPatch, { ...fields.value, ...words }, sentences)
  return body.ok ? { ok: true, value: { body: body.value, query: { waitMs: waited.value?.toString() } } } : body
}

function orNone(text: string | undefined, read: (text: string) => Given<unknown>): Given<unknown> {
  if (text === undefined) return { ok: true, value: undefined }
  return text === 'none' ? { ok: true, value: null } : read(text)
}

const jsonOf =
  (sentence: string) =>
  (text: string): Given<unknown> => {
    try {
      return { ok: true, value: JSON.parse(text) }
    } catch {
      return usage(sentence)
    }
  }

const addressesOf = (text: string | undefined): unknown =>
  text === undefined ? undefined : text === 'any' ? { mode: 'any' } : { mode: 'only', cidrs: text.split(',') }
