import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { RequestDeps } from './deps.ts'
import { type Asked, askedOf, textOf } from './filter.ts'
import type { Place } from './found/store.ts'
import { createGroups, type Group, type Groups, nothing, plus, type Sums, total } from './groups.ts'
import { hourMs } from './hours.ts'
import { liveKeys, teamsOfOwners } from './owners/store.ts'
import { type Grouping, groupings, metadataNameIn, type UsageAsked } from './schema.ts'
import {
  type Column,
  endOfPage,
  type MetadataPage,
  type SumsRow,
  sumsByMetadata,
  sumsOfHours,
  type Within,
} from './sums/store.ts'

/** What was asked for, added up: each call is in `total` once, and in `groups`, `deleted` or `beyond`. */
export type Added = {
  readonly by: string
  readonly grouping: Grouping | 'metadata'
  readonly fromHour: number
  readonly toHour: number
  /** Of teams: a call of a member counts for each of his. */
  readonly groups: readonly Group[]
  /** Of keys that are no more. */
  readonly deleted: Sums | null
  readonly beyond: Sums | null
  readonly total: Sums
}

const daysByDefault = 30

/** Adds up page by page: what is written meanwhile may be in one page and not in another, and is in no sum twice. */
export const addUp =
  (deps: RequestDeps) =>
  async (actor: Actor, given: UsageAsked): Promise<Result<Added>> => {
    const { organizationId } = actor
    const asked = await deps.read(organizationId, (db) => askedOf(deps, db, actor, 'usage:read', given))
    const to = asked.to ?? deps.now()
    const from = asked.from ?? to - daysByDefault * 24 * hourMs
    const range = { fromHour: Math.floor(from / hourMs), toHour: Math.ceil(to / hourMs) }
    const places = partsOf(asked.owners).map((owners): Within => ({ organizationId, asked, owners, ...range }))
    const grouping = groupings.find((one) => one === given.by) ?? 'metadata'
    const groups = createGroups()
    for (const within of places) {
      if (grouping !== 'metadata') await addHours(deps.readRequests, within, grouping, groups)
      else if (!(await addCalls(deps.readRequests, within, metadataNameIn(given.by), groups)))
        return refuse('invalid', { errors: [{ pointer: '?from', detail: tooMany }] })
    }
    const beyond = groups.beyond()
    const all = groups.all()
    const sum = plus(total(all), beyond ?? nothing)
    const named = await namesNow(deps, organizationId, grouping, all)
    return ok({ by: given.by, grouping, ...range, ...named, beyond, total: sum })
  }

const tooMany = 'there are too many calls from then to then: metadata is added up from the calls themselves'

/** One statement takes so many parameters on every store. */
const ownersAtOnce = 10_000
const partsOf = (owners: Asked['owners']): (readonly string[] | null)[] =>
  owners === null || owners.length <= ownersAtOnce
    ? [owners]
    : Array.from({ length: Math.ceil(owners.length / ownersAtOnce) }, (_, n) =>
        owners.slice(n * ownersAtOnce, (n + 1) * ownersAtOnce),
      )

const columnsOf: Readonly<Record<Grouping, readonly Column[]>> = {
  key: ['key_id'],
  owner: ['owner_id'],
  team: ['owner_type', 'owner_id'],
  app: ['owner_type', 'owner_id'],
  project: ['project_id'],
  environment: ['project_id'],
  server: ['server_id'],
  tool: ['server_id', 'tool'],
  provider: ['provider_id'],
  model: ['provider_id', 'model'],
  status: ['status'],
  hour: ['hour'],
  day: ['hour'],
}

async function addHours(read: Database['read'], within: Within, grouping: Grouping, groups: Groups): Promise<void> {
  for (let { fromHour } = within; fromHour < within.toHour; ) {
    const page = await read(within.organizationId, async (db) => {
      const toHour = await endOfPage(db, { ...within, fromHour })
      return { toHour, rows: await sumsOfHours(db, { ...within, fromHour, toHour }, columnsOf[grouping]) }
    })
    for (const row of page.rows) groups.add(...slotOf(grouping, row), row.sums)
    fromHour = page.toHour
  }
}

/** By owner where a team is asked for: which teams that are is looked up when all are known. */
function slotOf(grouping: Grouping, { names }: SumsRow): [id: string | null, of: string | null] {
  const [one = '', other = ''] = names
  if (grouping === 'hour') return [new Date(Number(one) * hourMs).toISOString(), null]
  if (grouping === 'day') return [new Date(Number(one) * hourMs).toISOString().slice(0, 10), null]
  if (grouping === 'app') return [one === 'app' ? String(other) : null, null]
  if (grouping === 'team') return [String(other), String(one)]
  if (grouping === 'tool' || grouping === 'model') return [String(other) || null, String(one) || null]
  return [String(one) || null, null]
}

const pagesAtMost = 100

/** False: there are more calls than can be looked through. */
async function addCalls(read: Database['read'], within: Within, name: string, groups: Groups): Promise<boolean> {
  let before: Place | null = null
  for (let page = 0; page < pagesAtMost; page += 1) {
    const behind: Place | null = before
    const { sums, next }: MetadataPage = await read(within.organizationId, (db) => sumsByMetadata(db, within, behind))
    for (const one of sums) groups.add(valueIn(one.metadata, name), null, one.sums)
    if (next === null) return true
    before = next
  }
  return false
}

function valueIn(metadata: string, name: string): string | null {
  const value: unknown = JSON.parse(metadata)
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? textOf(Reflect.get(value, name))
    : null
}

type Named = Pick<Added, 'groups' | 'deleted'>

/** What a group is called now: teams, tiers, and which keys are there, stand in the main store and may have changed. */
async function namesNow(
  { read, tiersOf }: RequestDeps,
  organizationId: string,
  grouping: Added['grouping'],
  all: readonly Group[],
): Promise<Named> {
  const ids = all.flatMap(({ id }) => id ?? [])
  if (grouping === 'key') {
    const live = await read(organizationId, (db) => liveKeys(db, organizationId, ids))
    const gone = all.filter(({ id }) => id !== null && !live.has(id))
    const groups = all.filter(({ id }) => id === null || live.has(id))
    return { groups, deleted: gone.length === 0 ? null : total(gone) }
  }
  if (grouping === 'environment') {
    const tiers = await read(organizationId, (db) => tiersOf(db, organizationId, ids))
    return { groups: regrouped(all, ({ id }) => [tiers.get(id ?? '') ?? null]), deleted: null }
  }
  if (grouping === 'team') {
    const teams = await read(organizationId, (db) => teamsOfOwners(db, organizationId, ids))
    const teamsOf = ({ id, of }: Group) => (of === 'team' ? [id] : (teams.get(id ?? '') ?? [null]))
    return { groups: regrouped(all, teamsOf), deleted: null }
  }
  return { groups: all, deleted: null }
}

function regrouped(all: readonly Group[], idsOf: (group: Group) => readonly (string | null)[]): Group[] {
  const groups = createGroups(Number.POSITIVE_INFINITY)
  for (const group of all) for (const id of idsOf(group)) groups.add(id, null, group.sums)
  return groups.all()
}
