import { setImmediate } from 'node:timers/promises'
import { budgetsOfKeys } from '../../budgets/of-key/of-key.ts'
import type { Database, Db } from '../../db/database.ts'
import { encodeCursor } from '../../http/cursor.ts'
import { limitsOfKeys } from '../../limits/of-key/of-key.ts'
import { defaultKeyLimits } from '../../limits/schema.ts'
import type { Ruling } from '../../people/policies/deps.ts'
import type { Place } from '../../people/policies/page.ts'
import type { Touched, TouchedKey } from '../../people/policies/schema.ts'
import type { Tier } from '../../projects/schema.ts'
import type { KeyCaps } from '../caps.ts'
import type { Choice } from '../schema.ts'
import { type Around, type GovernedKey, governing, touchedBy } from './breaking.ts'
import { governedKeys, membersAlone, tiersOfProjects } from './store.ts'

type Deps = {
  readonly read: Database['read']
  readonly now: () => number
  /** By id of the app: the servers of which it grants tools. */
  readonly grantedTo: Granted
}
type Granted = (db: Db, organizationId: string, appIds: readonly string[]) => Promise<ReadonlyMap<string, Choice>>

/** Some milliseconds of work, then everybody else has a turn. */
const lookedAtOnce = 200
const shownAtOnce = 200

/** Every key that is not ended is looked at; those behind `after` are shown, as many as a page holds. */
export const touchedKeys =
  ({ read, now, grantedTo }: Deps) =>
  async (organizationId: string, from: Ruling, to: Ruling, after: Place | null): Promise<Touched> => {
    const items: TouchedKey[] = []
    let total = 0
    let hasMore = false
    if (governing(from) === governing(to)) return { total, items }
    const around = await read(organizationId, async (db) => ({
      tiers: await tiersOfProjects(db, organizationId),
      selfServed: await membersAlone(db, organizationId),
    }))
    for (let last = ''; ; ) {
      const page = await read(organizationId, (db) =>
        lookedAt(db, organizationId, { last, ...around, grantedTo, now: now() }),
      )
      for (const { key, ...of } of page) {
        const policies = touchedBy(key, from, to, { ...of, now: now() })
        if (policies.length === 0) continue
        total += 1
        const { id, name, owner } = key.record
        if (after !== null && id <= after[1]) continue
        if (items.length < shownAtOnce) items.push({ key: id, name, owner, policies })
        else hasMore = true
      }
      const end = page.at(-1)?.key.record.id
      if (page.length < lookedAtOnce || end === undefined) break
      last = end
      await setImmediate()
    }
    const next = hasMore ? items.at(-1)?.key : undefined
    return { total, items, ...(next === undefined ? {} : { nextCursor: encodeCursor(['touched', next]) }) }
  }

type Looking = {
  readonly last: string
  readonly tiers: ReadonlyMap<string, Tier>
  readonly selfServed: ReadonlySet<string>
  readonly grantedTo: Granted
  readonly now: number
}
type Looked = { readonly key: GovernedKey } & Omit<Around, 'now'>

async function lookedAt(db: Db, organizationId: string, looking: Looking): Promise<Looked[]> {
  const { last, tiers, selfServed, grantedTo, now } = looking
  const keys = await governedKeys(db, organizationId, last, lookedAtOnce)
  const own = keys.filter(({ createdBy }) => selfServed.has(createdBy)).map(({ record }) => record.id)
  const limits = own.length === 0 ? new Map() : await limitsOfKeys(db, organizationId, own)
  const budgets = own.length === 0 ? new Map() : await budgetsOfKeys(db, organizationId, own, now)
  const apps = keys.flatMap(({ record: { owner } }) => (owner.type === 'app' ? owner.id : []))
  const granted = apps.length === 0 ? new Map<string, Choice>() : await grantedTo(db, organizationId, apps)
  const capsOf = (id: string): KeyCaps => ({
    limits: limits.get(id) ?? defaultKeyLimits,
    budgets: budgets.get(id) ?? [],
  })
  return keys.map((key) => ({
    key,
    tiers: key.record.scope.projects.flatMap((id) => tiers.get(id) ?? []),
    caps: selfServed.has(key.createdBy) ? capsOf(key.record.id) : null,
    granted: granted.get(key.record.owner.id),
  }))
}
