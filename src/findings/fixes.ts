import type { KeyPolicies } from '../people/policies/schema.ts'
import { maxAgeFor, placesOf, policiesFor } from '../people/policies/tiers.ts'
import type { Tier } from '../projects/schema.ts'
import { words } from './kinds.data.ts'
import { type BulkFix, type Finding, type FindingKind, type Fix, findingKinds } from './schema.ts'
import type { FoundKey, HeldLimit } from './store.ts'

type Named = { readonly id: string; readonly slug: string; readonly name: string }

/** What stands beside the keys of a page. By key: ids. */
export type Around = {
  readonly now: number
  readonly unusedSince: number
  readonly policies: KeyPolicies
  /** Of its projects that are there. */
  readonly tiers: ReadonlyMap<string, readonly Tier[]>
  readonly clients: ReadonlyMap<string, readonly string[]>
  readonly unusedProjects: ReadonlyMap<string, readonly string[]>
  readonly projects: ReadonlyMap<string, Named>
  /** Of the limit that a key has: what bounds no calls. */
  readonly limits: ReadonlyMap<string, HeldLimit>
  readonly usedServers: ReadonlyMap<string, readonly string[]>
}

type Call = Omit<Fix, 'label'>

const dayMs = 86_400_000
/** Requests a minute that no person and few programs reach. */
const usualLimit = 600

/** What settles it, with the rights of whoever may change the key. */
export const fixOf = (kind: FindingKind, key: FoundKey, around: Around): Call => fixes[kind](key, around)

const patch = ({ id }: FoundKey, body: Call['body']): Call => ({
  method: 'PATCH',
  path: `/keys/${id}`,
  body,
  showsSecret: false,
})
const rotate = ({ id }: FoundKey): Call => ({
  method: 'POST',
  path: `/keys/${id}/rotate`,
  body: { mode: 'grace', graceSeconds: 86_400 },
  showsSecret: true,
})

const fixes: Readonly<Record<FindingKind, (key: FoundKey, around: Around) => Call>> = {
  key_seen_in_browser: rotate,
  old_secret_in_use: ({ id }) => ({
    method: 'POST',
    path: `/keys/${id}/rotation/finish`,
    body: {},
    showsSecret: false,
  }),
  rotation_due: rotate,
  many_clients: ({ id }) => ({ method: 'POST', path: `/keys/${id}/duplicate`, body: {}, showsSecret: true }),
  unused_key: ({ id }) => ({
    method: 'POST',
    path: '/keys/bulk',
    body: { action: 'suspend', keys: [id], reason: 'unused' },
    showsSecret: false,
  }),
  unused_project: (key, { unusedProjects }) => {
    const unused = new Set(unusedProjects.get(key.id))
    return patch(key, { projects: key.scope.projects.filter((id) => !unused.has(id)) })
  },
  all_servers: (key, { usedServers }) => {
    const { mcp } = key.scope
    const items = [...(usedServers.get(key.id) ?? [])]
    const servers = items.length === 0 ? { mode: 'none' } : { mode: 'only', items }
    const tools = Object.fromEntries(Object.entries(mcp.tools).filter(([id]) => items.includes(id)))
    return patch(key, { mcp: { ...mcp, servers, tools } })
  },
  // What it has stays: its streams, and what it does without contact.
  no_cap: (key, { limits }) => patch(key, { limits: { ...limits.get(key.id), requestsPerMinute: usualLimit } }),
  never_expires: (key, around) => patch(key, { expiresIn: expiryOf(key, around) }),
}

const days = { never: Number.POSITIVE_INFINITY, '30d': 30, '60d': 60, '90d': 90, '180d': 180, '1y': 365 } as const

/** What new keys get there, and no longer than the policies of any of its tiers allow. */
function expiryOf({ id }: FoundKey, { policies, tiers }: Around): keyof typeof days {
  const all = placesOf(tiers.get(id) ?? []).map((place) => expiryWithin(policiesFor(policies, place)))
  return all.reduce((one, other) => (days[other] < days[one] ? other : one))
}

function expiryWithin({ defaultExpiresIn, maxExpiresIn }: KeyPolicies): keyof typeof days {
  const wanted = defaultExpiresIn === 'never' ? '90d' : defaultExpiresIn
  return maxExpiresIn !== 'never' && maxExpiresIn !== null && days[maxExpiresIn] < days[wanted] ? maxExpiresIn : wanted
}

/** With what was seen, so that nobody has to look for it. */
export const whyOf = (kind: FindingKind, key: FoundKey, around: Around): string => whys[kind](key, around)

const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
const someOf = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')

const whys: Readonly<Record<FindingKind, (key: FoundKey, around: Around) => string>> = {
  key_seen_in_browser: ({ seenInBrowserAt }) =>
    `A page of a browser has called with it, last on ${day(seenInBrowserAt ?? 0)}: whoever opens that page can read it.`,
  old_secret_in_use: () =>
    'It was rotated, and somebody has called with the secret before since then: give them the new one, then end the old one.',
  rotation_due: ({ id, secretMadeAt, rotationDueAt }, { now, policies, tiers }) => {
    const made = secretMadeAt === null ? '' : `Its secret is of ${day(secretMadeAt)}. `
    const isPlanned = rotationDueAt !== null && rotationDueAt <= now
    return isPlanned
      ? `${made}By its schedule the next one was due on ${day(rotationDueAt)}.`
      : `${made}By the policy secrets are no older than ${maxAgeFor(policies, tiers.get(id) ?? [])} days.`
  },
  many_clients: ({ id }, { clients }) =>
    `Within 30 days ${someOf(clients.get(id) ?? [])} have called with it. One key for each can be ended without the others.`,
  unused_key: ({ lastUsedAt, createdAt }, { now, unusedSince }) => {
    const since = `for ${Math.round((now - unusedSince) / dayMs)} days or longer`
    return lastUsedAt === null
      ? `It was made on ${day(createdAt)} and never used.`
      : `Nobody has called with it ${since}, last on ${day(lastUsedAt)}.`
  },
  unused_project: ({ id }, { unusedProjects, projects }) => {
    const names = (unusedProjects.get(id) ?? []).map((project) => projects.get(project)?.slug ?? project)
    return `Within 30 days it has called nothing of ${someOf(names)}.`
  },
  all_servers: ({ id }, { usedServers }) => {
    const used = usedServers.get(id)?.length ?? 0
    return `Every server of its projects is open to it, later ones too; it has called ${used === 0 ? 'none' : used}.`
  },
  no_cap: () => 'Whoever has it can call as often, and spend as much, as everything around it allows.',
  never_expires: ({ createdAt }) => `It was made on ${day(createdAt)} and ends only when somebody ends it.`,
}

const perBulk = 1000

/** One call for many keys where REST has one, else one for each. */
export function bulkFixes(items: readonly Finding[]): BulkFix[] {
  return findingKinds.flatMap((kind) => {
    const calls = items.filter((item) => item.kind === kind).map(({ fix: { label: _, ...call } }) => call)
    return calls.length === 0 ? [] : [{ kind, label: words[kind].bulk, calls: merged(kind, calls) }]
  })
}

function merged(kind: FindingKind, calls: readonly Call[]): Call[] {
  const [first] = calls
  if (kind !== 'unused_key' || !first) return [...calls]
  const keys = calls.flatMap(({ body }) => (Array.isArray(body['keys']) ? body['keys'] : []))
  return [{ ...first, body: { ...first.body, keys: keys.slice(0, perBulk) } }]
}
