import { insertEvent } from '../../audit/store.ts'
import type { Database } from '../../db/database.ts'
import type { KeyPolicies } from '../../people/policies/schema.ts'
import { maxAgeFor } from '../../people/policies/tiers.ts'
import { dueDays, reached, type Window, warningDays, windowsOf } from './reached.ts'
import {
  agePolicies,
  daysIn,
  insertWarnings,
  type NearKey,
  nearKeys,
  organizationsWithin,
  type Source,
} from './store.ts'

export type WarnDeps = {
  readonly system: Database['system']
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

const dayMs = 86_400_000
const hourMs = 3_600_000
/** Of keys that are looked at, and of keys that somebody is told of, in one unit of work. */
const lookedAtOnce = 250
const toldAtOnce = 200

/**
 * Tells, once each, of keys that end soon and of secrets that should be replaced. What time brings is found in the sliver
 * of due times that has come into a window since the look before, so that a look costs what there is to tell, however
 * many keys there are; what people have changed meanwhile into a window that was looked at is found by the whole look of
 * every hour.
 */
export const warnKeys = (deps: WarnDeps) => {
  const look = lookThrough(deps)
  const seen = new Map<string, number>()
  let wholeAt = Number.NEGATIVE_INFINITY
  return async (isStopping: () => boolean): Promise<void> => {
    const now = deps.now()
    const isWhole = now - wholeAt >= hourMs
    const ages = await deps.system.read(agePolicies)
    const slivers = (name: string, days: readonly number[]): Window[] => {
      const before = isWhole ? undefined : seen.get(name)
      const from = ({ day, after }: Window) => (before === undefined ? after : Math.max(after, before + day * dayMs))
      return windowsOf(now, days).map((window) => ({ ...window, after: from(window) }))
    }
    const aged = sourcesByAge(ages, (name) => slivers(name, dueDays))
    const watches = [
      ...everywhere.map((watch) => ({ ...watch, windows: slivers(watch.name, watch.days) })),
      ...(await busyAmong(deps, aged)),
    ]
    for (const { source, days, windows } of watches) {
      for (const window of windows) {
        if (isStopping()) return
        await look({ source, days, ages }, window, now, isStopping)
      }
    }
    seen.clear()
    for (const { name } of [...everywhere, ...aged]) seen.set(name, now)
    if (isWhole && !isStopping()) wholeAt = now
  }
}

type Watch = { readonly source: Source; readonly days: readonly number[] }
type Named = Watch & { readonly name: string }
type Aged = Named & {
  readonly organizationId: string
  readonly maxAgeDays: number
  readonly windows: readonly Window[]
}

const ofAll = { laterMs: 0, organizationId: null }
const everywhere: readonly Named[] = [
  { name: 'expiry', source: { kind: 'expiry', column: 'expires_at', ...ofAll }, days: warningDays },
  // On the day itself whoever runs the schedules tells (keys/rotation).
  { name: 'schedule', source: { kind: 'rotation', column: 'rotation_due_at', ...ofAll }, days: warningDays },
]

/** By its days too: another policy is another watch, which begins with a whole look. */
const sourcesByAge = (ages: Ages, windowsFor: (name: string) => Window[]): Aged[] =>
  [...ages].flatMap(([organizationId, policies]) =>
    daysIn(policies).map((maxAgeDays) => {
      const name = `${organizationId} ${maxAgeDays}`
      const source = {
        kind: 'rotation',
        column: 'secret_made_at',
        laterMs: maxAgeDays * dayMs,
        organizationId,
      } as const
      return { name, source, days: dueDays, organizationId, maxAgeDays, windows: windowsFor(name) }
    }),
  )

/** Those in whose windows there is a key. */
const busyAmong = ({ system }: WarnDeps, aged: readonly Aged[]): Promise<Aged[]> =>
  system.read(async (db) => {
    const busy: Aged[] = []
    for (const group of groupsOf(aged)) {
      const [{ maxAgeDays, windows }] = group
      const within = await organizationsWithin(db, maxAgeDays * dayMs, windows)
      busy.push(...group.filter(({ organizationId }) => within.has(organizationId)))
    }
    return busy
  })

/** Those that look for the same: nearly all organizations say the same days, and were looked at together before. */
function groupsOf(aged: readonly Aged[]): (readonly [Aged, ...Aged[]])[] {
  const alike = Map.groupBy(aged, ({ maxAgeDays, windows }) => JSON.stringify([maxAgeDays, windows]))
  return [...alike.values()].flatMap(([first, ...rest]) => (first === undefined ? [] : [[first, ...rest] as const]))
}

/** By organization. */
type Ages = ReadonlyMap<string, KeyPolicies>
type Watching = Watch & { readonly ages: Ages }

const lookThrough =
  (deps: WarnDeps) =>
  async (watching: Watching, window: Window, now: number, isStopping: () => boolean): Promise<void> => {
    let behind: NearKey | null = null
    while (!isStopping()) {
      const page: NearKey[] = await deps.system.read((db) =>
        nearKeys(db, watching.source, { ...window, behind, limit: lookedAtOnce }),
      )
      const news = page.filter((key) => !key.isWarned && isNews(watching, key, now))
      for (let at = 0; at < news.length; at += toldAtOnce) {
        await tell(deps, watching.source, news.slice(at, at + toldAtOnce), window.day)
      }
      behind = page.at(-1) ?? null
      if (page.length < lookedAtOnce) return
    }
  }

/** Where two ask for another secret, the earlier one counts; and a key that ends before it is due needs none. */
function isNews({ source, days, ages }: Watching, key: NearKey, now: number): boolean {
  if (source.kind === 'expiry') return reached({ dueAt: key.dueAt, since: key.createdAt }, now, days) !== null
  if (key.expiresAt !== null && key.expiresAt <= Math.max(key.dueAt, now)) return false
  if (key.secretMadeAt === null) return false
  if (source.column === 'secret_made_at' && key.rotationDueAt !== null && key.rotationDueAt <= key.dueAt) return false
  const policies = ages.get(key.organizationId)
  const maxAgeDays = policies === undefined ? null : maxAgeFor(policies, key.tiers)
  const byPolicy = maxAgeDays === null ? null : key.secretMadeAt + maxAgeDays * dayMs
  // The days of another tier: the watch of its own tells of it.
  if (source.column === 'secret_made_at' && byPolicy !== key.dueAt) return false
  if (source.column === 'rotation_due_at' && byPolicy !== null && byPolicy < key.dueAt) return false
  return reached({ dueAt: key.dueAt, since: key.secretMadeAt }, now, days) !== null
}

const tell = (
  { system, newId, now }: WarnDeps,
  source: Source,
  keys: readonly NearKey[],
  days: number,
): Promise<void> =>
  system.transaction(async (db) => {
    const at = now()
    // Another control may have been first.
    const news = await insertWarnings(db, keys, { kind: source.kind, days, at })
    for (const { organizationId, id, name, dueAt } of keys.filter((key) => news.has(key.id))) {
      const due = new Date(dueAt).toISOString()
      await insertEvent(db, organizationId, {
        id: newId('evt'),
        at,
        requestId: newId('req'),
        actor: { kind: 'system', id: 'system', name: 'Ostiary' },
        action: source.kind === 'expiry' ? 'key.expiring' : 'key.rotation-due',
        subject: { kind: 'key', id, name },
        after: source.kind === 'expiry' ? { days, expiresAt: due } : { days, dueAt: due },
      })
    }
  })
