import { hash } from 'node:crypto'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { Ids, RequestDeps } from './deps.ts'
import { askedOf, holds } from './filter.ts'
import { findRequests, type Row } from './found/store.ts'
import { usdOf } from './money.ts'
import type { RequestFilter, RequestView } from './schema.ts'
import type { RequestList } from './wire.ts'

type Query = RequestFilter & { readonly cursor?: string | undefined; readonly limit: number }

/** Calls, newest first. A later page is not shifted by what comes meanwhile: it goes on behind the last one seen. */
export const listRequests =
  (deps: RequestDeps) =>
  async (actor: Actor, { cursor, limit, ...filter }: Query): Promise<Result<z.input<typeof RequestList>>> => {
    const { organizationId } = actor
    const question = questionOf(filter)
    const place = decodeCursor(cursor, z.tuple([z.literal(question), z.int(), z.int()]))
    if (!place.ok) return place
    const before = place.value && { at: place.value[1], place: place.value[2] }
    const asked = await deps.read(organizationId, (db) => askedOf(deps, db, actor, 'requests:read', filter))
    const { rows, lookedTo } = await deps.readRequests(organizationId, (db) =>
      findRequests(db, organizationId, asked, before, limit + 1),
    )
    const next = rows.length > limit ? rows[limit - 1] : lookedTo
    const items = rows
      .slice(0, limit)
      .map(viewOf)
      .filter(({ metadata }) => asked.metadata.every((member) => holds(metadata, member)))
    return ok({
      items,
      nextCursor: next ? encodeCursor([question, next.at, next.place]) : null,
      refs: await deps.read(organizationId, (db) => deps.refsOf(db, organizationId, idsIn(items))),
    })
  }

/** Under another filter the same place would mean something else. */
const questionOf = (filter: RequestFilter): string =>
  hash('sha256', JSON.stringify(Object.entries(filter).toSorted()), 'base64url').slice(0, 12)

export const viewOf = (row: Row): RequestView => ({
  id: row.id,
  at: new Date(row.at).toISOString(),
  kind: row.kind,
  key: row.key_id,
  keyName: row.key_name,
  secretVersion: row.version,
  child: row.child,
  owner: { type: row.owner_type, id: row.owner_id },
  project: row.project_id,
  server: row.server_id,
  tool: row.tool,
  provider: row.provider_id,
  model: row.model,
  method: row.method,
  admitted: row.admitted === 1,
  status: row.status,
  code: row.code,
  rule: row.rule,
  tokens: tokensOf(row),
  costUsd: row.cost === null ? null : usdOf(row.cost),
  latencyMs: row.latency_ms,
  firstByteMs: row.first_byte_ms,
  address: row.address,
  client: row.client,
  gateway: row.gateway_id,
  metadata: Metadata.parse(JSON.parse(row.metadata)),
})
const Metadata = z.record(z.string(), z.unknown())

const tokensOf = ({ input, output, cached, cache_write, reasoning, estimated }: Row): RequestView['tokens'] =>
  input === null
    ? null
    : {
        input,
        output: output ?? 0,
        cached: cached ?? 0,
        cacheWrite: cache_write ?? 0,
        reasoning: reasoning ?? 0,
        estimated: estimated === 1,
      }

const idsIn = (items: readonly RequestView[]): Ids => ({
  owners: once(items.map(({ owner }) => owner.id)),
  projects: once(items.map(({ project }) => project)),
  servers: once(items.map(({ server }) => server)),
  providers: once(items.map(({ provider }) => provider)),
  gateways: once(items.map(({ gateway }) => gateway)),
})

const once = (ids: readonly (string | null)[]): string[] => [...new Set(ids.flatMap((id) => id ?? []))]
