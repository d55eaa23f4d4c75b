import { z } from 'zod'
import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Database } from '../../db/database.ts'
import type { Refs } from '../../http/lists.ts'
import type { Download } from '../../http/route.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result } from '../../problems.ts'
import { type FilterDeps, FilterQuery, filterOf } from '../list/filter.ts'
import { listKeysOf } from '../list/many-owners.ts'
import { type Place, placeOf } from '../list/order.ts'
import { countedUpTo } from '../list/totals/store.ts'
import type { KeyView } from '../schema.ts'
import { type ShowDeps, showAll } from '../show.ts'
import type { StoredKey } from '../store.ts'
import { csvHead, csvRow } from './csv.ts'
import { definitionOf } from './definition.ts'

export const ExportQuery = FilterQuery.extend({ format: z.enum(['csv', 'json']).default('json') })
type ExportQuery = z.infer<typeof ExportQuery>

export type ExportDeps = ShowDeps &
  FilterDeps & { readonly transaction: Database['transaction']; readonly newId: (prefix: string) => string }

/** Oldest first: of all that stand there all the time, each once, whatever changes meanwhile. Never a secret. */
export const exportKeys =
  (deps: ExportDeps) =>
  async (actor: Actor, query: ExportQuery, requestId: string): Promise<Result<Download>> => {
    const { format, ...asked } = query
    const exportedAt = new Date(deps.now()).toISOString()
    await recordExport(deps, actor, query, requestId)
    const pages = pagesOf(deps, actor, asked)
    const fileName = `keys-${exportedAt.slice(0, 10)}.${format}`
    if (format === 'csv')
      return ok({ contentType: 'text/csv; charset=utf-8; header=present', fileName, chunks: csv(pages) })
    return ok({ contentType: 'application/json; charset=utf-8', fileName, chunks: json(pages, exportedAt) })
  }

/** Before the first line leaves: who, what of, and how much. */
async function recordExport(deps: ExportDeps, actor: Actor, { format, ...asked }: ExportQuery, requestId: string) {
  const { organizationId } = actor
  const at = deps.now()
  const { total, isAll } = await deps.read(organizationId, async (db) => {
    const filter = await filterOf(deps.directory, db, actor, asked, at)
    return (await listKeysOf(db, organizationId, filter, { ...pageAfter(null), limit: 1 }, at)).counted
  })
  const isExact = isAll && total <= countedUpTo
  await deps.transaction(organizationId, (db) =>
    insertEvent(db, organizationId, {
      id: deps.newId('evt'),
      at,
      requestId,
      actor: audited(actor),
      action: 'keys.exported',
      subject: { kind: 'keys', id: organizationId, name: 'keys' },
      after: {
        format,
        filter: asked,
        total: Math.min(total, countedUpTo),
        ...(isExact ? {} : { totalIsAtLeast: true }),
      },
    }),
  )
}

/** Keys that one unit of work reads. */
const perPage = 200
const pageAfter = (after: Place | null) => ({ sort: 'createdAt', descending: false, after, limit: perPage }) as const

type Page = { readonly keys: readonly StoredKey[]; readonly views: readonly KeyView[]; readonly refs: Refs }

async function* pagesOf(deps: ExportDeps, actor: Actor, asked: FilterQuery): AsyncIterable<Page> {
  const { organizationId } = actor
  for (let after: Place | null = null, isMore = true; isMore; ) {
    const page = await deps.read(organizationId, async (db) => {
      const now = deps.now()
      const filter = await filterOf(deps.directory, db, actor, asked, now)
      const { keys, lookedTo } = await listKeysOf(db, organizationId, filter, pageAfter(after), now)
      const { items: views, refs } = await showAll(deps, db, actor, keys)
      return { keys, views, refs, lookedTo }
    })
    const last = page.keys.length === perPage ? page.keys.at(-1) : undefined
    after = last ? placeOf('createdAt', last) : page.lookedTo
    isMore = after !== null
    yield page
  }
}

async function* csv(pages: AsyncIterable<Page>): AsyncIterable<string> {
  yield csvHead()
  for await (const { views, refs } of pages) yield views.map((view) => csvRow(view, refs)).join('')
}

/** Keys of one token are not among them: there is nothing of them to make again. */
async function* json(pages: AsyncIterable<Page>, exportedAt: string): AsyncIterable<string> {
  yield `{"exportedAt":${JSON.stringify(exportedAt)},"keys":[`
  let between = '\n'
  for await (const { keys, views } of pages) {
    const byId = new Map(views.map((view) => [view.id, view]))
    const lasting = keys.filter(({ ephemeral }) => !ephemeral)
    const definitions = lasting.map((key) => JSON.stringify(definitionOf(key, byId.get(key.record.id))))
    if (definitions.length === 0) continue
    yield between + definitions.join(',\n')
    between = ',\n'
  }
  yield '\n]}\n'
}
