import { z } from 'zod'
import { usd } from '../../budgets/schema.ts'
import { AddressRule, Choice, expiryPresets, OwnerType } from '../../keys/schema.ts'
import { Tier } from '../../projects/schema.ts'
import { MixedEnvironments, Role } from '../schema.ts'
import { Blackout, isZone } from '../times/schema.ts'

/** Wire and domain types of what holds for a whole organization. Crosses to CLI and dashboard: zod only. */

/** IPv4 or IPv6 in CIDR form. */
const network = z.union([z.cidrv4(), z.cidrv6()])

/** Whether a key may have "all servers" or "all but these": yes, with a reason that stands in the key, or not. */
export const AllServers = z.enum(['allowed', 'with-reason', 'refused'])
export type AllServers = z.infer<typeof AllServers>

const count = z.int().min(1).max(1_000_000_000)

/**
 * Within what members serve themselves: how far their own keys may go. What is left out is not bounded. Owners and admins
 * are not bound by it, also not where they make a key for a member.
 */
export const Ceilings = z.strictObject({
  budgetUsdPerMonth: usd.optional(),
  requestsPerMinute: count.optional(),
  tokensPerMinute: count.optional(),
  /** Calls at the same time. */
  concurrent: count.optional(),
  maxExpiresIn: z.enum(expiryPresets).optional(),
  /** As input by id or slug, stored by id. */
  servers: Choice.optional(),
  providers: Choice.optional(),
  /** Live keys that a member owns or has made. */
  keysPerMember: z.int().min(0).max(100_000).optional(),
})
export type Ceilings = z.infer<typeof Ceilings>

const staleness = z.int().min(5).max(86_400)

/** What may be said for one tier otherwise than for the organization. */
const ofTier = {
  /** Whether keys may be made whose secret stands in an address. */
  urlKeys: z.enum(['on', 'off']),
  defaultExpiresIn: z.enum(expiryPresets),
  /** `never`: as long as one likes. */
  maxExpiresIn: z.enum(expiryPresets),
  /** Days after which a secret should be replaced: it is asked for, and nothing is cut. Null: nothing is asked. */
  maxAgeDays: z.int().min(1).max(3650).nullable(),
  /** What names must look like: text in which `*` stands for anything; null: as one likes. */
  nameTemplate: z.string().min(1).max(120).nullable(),
  allServers: AllServers,
  /** From where keys may be used at all, whatever they say themselves; at once, also for keys that are there. */
  addresses: AddressRule,
  /** Null: members serve themselves as far as their rights go. */
  ceilings: Ceilings.nullable(),
}

/** What is left out is as the organization says. */
export const TierPolicies = z.strictObject({ ...ofTier, maxStalenessSeconds: staleness }).partial()
export type TierPolicies = z.infer<typeof TierPolicies>

/** What holds for every key of the organization and for what they lead to, written complete, with its word. */
export const KeyPolicies = z.strictObject({
  ...ofTier,
  /** By the tier of the projects of a key; a key that mixes tiers must do for each. */
  tiers: z.partialRecord(Tier, TierPolicies),
  /** What happens to a key whose secret was found where it must not be. */
  leakAction: z.enum(['suspend', 'revoke']),
  /** Longest life of a child token, seconds. */
  maxChildSeconds: z.int().min(1).max(86_400),
  /** Of all keys of the organization so many percent at most are rotated by schedules within an hour. */
  maxRotationsPerHourPercent: z.int().min(1).max(100),
  blackouts: z.array(Blackout).max(20),
  /** Addresses that are not public and that servers may be at all the same: networks in CIDR form. */
  privateNetworks: z.array(network).max(100),
  /** How long calls stay in the log of requests; their hourly sums stay longer. */
  requestsKeptDays: z.int().min(1).max(3650),
  /** IANA name: where the days, weeks and months of budgets begin. */
  timeZone: z
    .string()
    .max(64)
    .refine((zone) => /^[A-Za-z]/.test(zone) && isZone(zone), 'must be an IANA time zone'),
  /** Whose sign-in needs a second factor. */
  secondFactorRoles: z.array(Role).max(Role.options.length),
  /** Off: people come in through an identity provider. */
  passwordSignIn: z.enum(['on', 'off']),
  /** A browser that did nothing for so long is signed out. */
  sessionIdleMinutes: z.int().min(5).max(43_200),
  /** And after so long in any case. */
  sessionMaxHours: z.int().min(1).max(2160),
})
export type KeyPolicies = z.infer<typeof KeyPolicies>

export const defaultKeyPolicies: KeyPolicies = {
  urlKeys: 'on',
  defaultExpiresIn: 'never',
  maxExpiresIn: 'never',
  maxAgeDays: 90,
  nameTemplate: null,
  allServers: 'allowed',
  addresses: { mode: 'any' },
  ceilings: null,
  tiers: {},
  leakAction: 'suspend',
  maxChildSeconds: 86_400,
  maxRotationsPerHourPercent: 10,
  blackouts: [],
  privateNetworks: [],
  requestsKeptDays: 30,
  timeZone: 'UTC',
  secondFactorRoles: [],
  passwordSignIn: 'on',
  sessionIdleMinutes: 720,
  sessionMaxHours: 168,
}

/** A key that stricter policies would not let be as it is, or that they reach at once, and by which of them. */
const TouchedKey = z.strictObject({
  key: z.string(),
  name: z.string(),
  owner: z.strictObject({ type: OwnerType, id: z.string(), name: z.string() }),
  policies: z.array(z.string()),
})
export type TouchedKey = z.infer<typeof TouchedKey>
export const Touched = z.strictObject({
  total: z.int(),
  /** By id, 200 at most. */
  items: z.array(TouchedKey),
  /** For a dry run that goes on; missing: there are no more. */
  nextCursor: z.string().optional(),
})
export type Touched = z.infer<typeof Touched>

const ofPlace = z.object({ addresses: AddressRule, maxStalenessSeconds: z.int() })
/** What gateways ask at each call: of keys in projects of a tier, and of those without a project. */
export const LiveRules = z.object({ otherwise: ofPlace, development: ofPlace, staging: ofPlace, production: ofPlace })
export type LiveRules = z.infer<typeof LiveRules>

/** They stand in the organization's row: id and revision are its own. */
export const Policies = KeyPolicies.extend({
  id: z.string(),
  mixedEnvironments: MixedEnvironments,
  maxStalenessSeconds: z.int(),
  /** The configuration that manages them (`ostiary apply`); null: whoever may. */
  managedBy: z.string().nullable(),
  revision: z.int(),
})
export type Policies = z.infer<typeof Policies>

const { shape: policy } = KeyPolicies
/** `null`: back to the default; of `maxAgeDays`, `nameTemplate` and `ceilings` it is a word of its own: there is none. */
export const PoliciesPatch = z.strictObject({
  mixedEnvironments: MixedEnvironments.nullable().optional(),
  maxStalenessSeconds: staleness.nullable().optional(),
  urlKeys: policy.urlKeys.nullable().optional(),
  defaultExpiresIn: policy.defaultExpiresIn.nullable().optional(),
  maxExpiresIn: policy.maxExpiresIn.nullable().optional(),
  maxAgeDays: policy.maxAgeDays.optional(),
  nameTemplate: policy.nameTemplate.optional(),
  allServers: policy.allServers.nullable().optional(),
  addresses: policy.addresses.nullable().optional(),
  ceilings: policy.ceilings.optional(),
  tiers: policy.tiers.nullable().optional(),
  leakAction: policy.leakAction.nullable().optional(),
  maxChildSeconds: policy.maxChildSeconds.nullable().optional(),
  maxRotationsPerHourPercent: policy.maxRotationsPerHourPercent.nullable().optional(),
  blackouts: policy.blackouts.nullable().optional(),
  privateNetworks: policy.privateNetworks.nullable().optional(),
  requestsKeptDays: policy.requestsKeptDays.nullable().optional(),
  timeZone: policy.timeZone.nullable().optional(),
  secondFactorRoles: policy.secondFactorRoles.nullable().optional(),
  passwordSignIn: policy.passwordSignIn.nullable().optional(),
  sessionIdleMinutes: policy.sessionIdleMinutes.nullable().optional(),
  sessionMaxHours: policy.sessionMaxHours.nullable().optional(),
  /** Null: the configuration that manages them lets go of them. */
  managedBy: z.null().optional(),
})
export type PoliciesPatch = z.infer<typeof PoliciesPatch>
