import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import type { Refs } from '../../http/lists.ts'
import { offered } from '../../keys/answer.ts'
import type { GiveDeps, Given } from '../../keys/leaving/give.ts'
import { giveKey } from '../../keys/leaving/give.ts'
import { countPersonalKeys } from '../../keys/leaving/store.ts'
import type { StoredKey } from '../../keys/store.ts'
import type { TransferAsked, Transferred } from '../../people/leaving/deps.ts'
import type { Reached } from '../../people/leaving/schema.ts'
import { covers } from '../../people/may.ts'
import { holdPeople } from '../../people/organizations/store.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Secret } from '../../secret.ts'
import type { App } from '../store.ts'
import { giveApp } from './give.ts'
import { countOf, type Item, itemsOf, namedItem, type Parties, partiesOf } from './plan.ts'
import { countPersonalApps } from './store.ts'

/** As many as one unit of work hands on: on SQLite it holds the only writer meanwhile. */
const perCommit = 50

export type Handing = Parties & { readonly keys: readonly { readonly key: StoredKey; readonly app: App | null }[] }
/** What each key reaches with the rights of the one and of the other. */
export type ReachOf = (
  organizationId: string,
  handing: Handing,
) => Promise<{
  readonly of: ReadonlyMap<string, { readonly before: Reached; readonly after: Reached }>
  readonly refs: Refs
}>

export type TransferDeps = GiveDeps & {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly reachOf: ReachOf
  readonly claimUrl: (code: Secret) => string
  readonly effectOf: (organizationId: string, changeRowId: number, waitMs: number) => Promise<Effect>
}

type Done = { readonly item: Item; readonly given: Given | null; readonly rowId: number }

/**
 * What somebody who left owned, in the hands of somebody who is there. In pieces: what has been committed stays, and whoever
 * asks again goes on with what is left.
 */
export const transferOwned =
  (deps: TransferDeps) =>
  async (actor: Actor, asked: TransferAsked): Promise<Result<Transferred>> => {
    const { organizationId } = actor
    if (!covers(actor.scopes, 'keys:write') || !covers(actor.scopes, 'apps:write'))
      return refuse('not_permitted', { detail: 'To hand keys and apps on, a token needs keys:write and apps:write.' })
    const planned = await deps.read(organizationId, (db) => plan(db, actor, asked))
    if (!planned.ok) return planned
    const { parties, items, wanted } = planned.value
    const keys = items.flatMap((item) =>
      item.key === null ? [] : [{ key: item.key, app: item.kind === 'app' ? item.app : null }],
    )
    const reach = await deps.reachOf(organizationId, { ...parties, keys })
    const isDry = asked.input.dryRun === true
    const done = isDry ? ok(items.map(undone)) : await give(deps, actor, asked, items)
    if (!done.ok) return done
    const last = done.value.at(-1)
    const effect = isDry || !last ? null : await deps.effectOf(organizationId, last.rowId, asked.waitMs)
    const owned = wanted ?? (await deps.read(organizationId, (db) => leftOf(db, organizationId, parties.from.id)))
    // What has been handed on is not counted any more where everything is; what a dry run shows would be.
    const settled = wanted !== null || isDry ? done.value : []
    return ok({
      ...namesOf(parties),
      dryRun: isDry,
      ...shownOf(deps, done.value, reach),
      left: lessOf(
        owned,
        settled.map(({ item }) => item),
      ),
      effect,
      refs: reach.refs,
    })
  }

const undone = (item: Item): Done => ({ item, given: null, rowId: 0 })

async function plan(db: Db, actor: Actor, { memberId, input }: TransferAsked) {
  const parties = await partiesOf(db, actor, memberId, input.to)
  if (!parties.ok) return parties
  const items = await itemsOf(db, parties.value, actor.organizationId, input)
  return items.ok ? ok({ parties: parties.value, ...items.value }) : items
}

/** Where a later piece is refused, what was done before is answered: its links are shown nowhere else. */
async function give(
  deps: TransferDeps,
  actor: Actor,
  asked: TransferAsked,
  items: readonly Item[],
): Promise<Result<Done[]>> {
  const done: Done[] = []
  for (let at = 0; at < items.length; at += perCommit) {
    const piece = items.slice(at, at + perCommit)
    const given = await untilCurrent(null, () =>
      deps.transaction(actor.organizationId, (db) => givePiece(deps, db, actor, asked, piece)),
    )
    if (!given.ok) return done.length === 0 ? given : ok(done)
    done.push(...given.value)
  }
  return ok(done)
}

async function givePiece(
  deps: TransferDeps,
  db: Db,
  actor: Actor,
  { memberId, input, requestId }: TransferAsked,
  piece: readonly Item[],
): Promise<Result<Done[]>> {
  const { organizationId } = actor
  await holdPeople(db, organizationId)
  const parties = await partiesOf(db, actor, memberId, input.to)
  if (!parties.ok) return parties
  const { from, to } = parties.value
  const by = { actor, requestId, reason: input.reason, from: { id: from.id, name: from.name }, to }
  const done: Done[] = []
  for (const { kind, ...known } of piece) {
    const id = 'app' in known ? known.app.id : (known.key?.record.id ?? '')
    const item = await namedItem(db, organizationId, kind, id, parties.value)
    // Ended or handed on meanwhile.
    if (item === null || typeof item === 'string') continue
    if (item.kind === 'app') {
      const given = await giveApp(deps, db, item.app, by)
      if (!given.ok) return given
      done.push({ item, given: given.value.given, rowId: given.value.rowId })
    } else {
      const given = await giveKey(deps, db, { ...by, key: item.key, owner: to })
      if (!given.ok) return given
      done.push({ item, given: given.value, rowId: given.value.rowId })
    }
  }
  return ok(done)
}

const namesOf = ({ from, to }: Parties): Pick<Transferred, 'member' | 'to'> => ({
  member: { id: from.id, name: from.name, state: from.state },
  to: { type: to.type, id: to.id, name: to.name },
})

function shownOf(
  deps: Pick<TransferDeps, 'claimUrl'>,
  done: readonly Done[],
  reach: Awaited<ReturnType<ReachOf>>,
): Pick<Transferred, 'apps' | 'keys'> {
  const nothing = { before: { servers: [], providers: [] }, after: { servers: [], providers: [] } }
  return {
    apps: done.flatMap(({ item }) =>
      item.kind === 'app' ? [{ id: item.app.id, slug: item.app.slug, name: item.app.name }] : [],
    ),
    keys: done.flatMap(({ item, given }) => {
      if (item.key === null) return []
      const { id, name } = item.key.record
      const { before, after } = reach.of.get(id) ?? nothing
      return {
        id,
        name,
        app: item.kind === 'app' ? item.app.id : null,
        before,
        after,
        lost: {
          servers: without(before.servers, after.servers),
          providers: without(before.providers, after.providers),
        },
        claim: given?.claim ? offered(deps, given.claim) : null,
      }
    }),
  }
}

const without = (all: readonly string[], kept: readonly string[]): string[] => {
  const still = new Set(kept)
  return all.filter((id) => !still.has(id))
}

type Left = Transferred['left']

const leftOf = async (db: Db, organizationId: string, memberId: string): Promise<Left> => ({
  keys: await countPersonalKeys(db, organizationId, memberId, { direct: true }),
  apps: await countPersonalApps(db, organizationId, memberId),
})

const lessOf = (owned: Left, settled: readonly Item[]): Left => ({
  keys: owned.keys - countOf(settled, 'key'),
  apps: owned.apps - countOf(settled, 'app'),
})
