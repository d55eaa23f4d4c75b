import { z } from 'zod'
import type { Database, Db } from '../db/database.ts'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import { cursor, limit, listOf, type Refs } from '../http/lists.ts'
import { keyId } from '../keys/schema.ts'
import { reachOf } from '../people/may.ts'
import { type Place, policiesFor } from '../people/policies/tiers.ts'
import type { Actor } from '../people/schema.ts'
import { findOrganization } from '../people/store.ts'
import { ok, type Result } from '../problems.ts'
import { findProjects } from '../projects/store.ts'
import { type Around, bulkFixes, fixOf, whyOf } from './fixes.ts'
import { words } from './kinds.data.ts'
import { BulkFix, Finding, FindingKind, findingKinds } from './schema.ts'
import {
  clientsFound,
  countFound,
  type FoundKey,
  keysFound,
  type Look,
  limitsFound,
  projectsFound,
  serversFound,
  tiersFound,
} from './store.ts'

export type FindingDeps = {
  readonly read: Database['read']
  readonly now: () => number
  /** The member himself, his teams and their apps. */
  readonly ownersOf: (db: Db, organizationId: string, memberId: string) => Promise<readonly string[]>
}

export const FindingQuery = z.strictObject({
  /** What the findings are about; keys so far. */
  subject: z.literal('key').default('key'),
  kind: FindingKind.optional(),
  key: keyId.optional(),
  /** How many days without a call make a key an unused one. */
  unusedDays: z.coerce.number().int().min(1).max(365).default(30),
  limit,
  cursor,
})
type Query = z.infer<typeof FindingQuery>

export const FindingList = listOf(Finding).extend({
  /** How many there are of each kind. */
  counts: z.partialRecord(FindingKind, z.int()),
  bulk: z.array(BulkFix),
})

const dayMs = 86_400_000
/** The question is part of the place: under another one, the same place would be in another list. */
const placeIn = (question: string) => z.tuple([z.literal(question), FindingKind, z.string().regex(/^[A-Za-z0-9_]*$/)])
const questionOf = ({ kind, key, unusedDays }: Query): string => `${kind ?? ''} ${key ?? ''} ${unusedDays}`

type Hit = { readonly kind: FindingKind; readonly key: FoundKey }

/** What there is to look at, kind by kind, the worst first; a member sees what is about keys of his own. */
export const findings =
  (deps: FindingDeps) =>
  async (actor: Actor, query: Query): Promise<Result<z.infer<typeof FindingList>>> => {
    const question = questionOf(query)
    const place = decodeCursor(query.cursor, placeIn(question))
    if (!place.ok) return place
    return deps.read(actor.organizationId, async (db) => {
      const { look, policies } = await lookOf(deps, db, actor, query)
      const kinds: readonly FindingKind[] = query.kind === undefined ? findingKinds : [query.kind]
      const [, fromKind, after = ''] = place.value ?? []
      const left = fromKind === undefined ? kinds : kinds.slice(kinds.indexOf(fromKind))
      const hits = await collect(db, look, left, after, query.limit + 1)
      const shown = hits.slice(0, query.limit)
      const last = hits.length > query.limit ? shown.at(-1) : undefined
      const around = await aroundOf(db, look, shown, policies)
      const items = shown.map((hit) => viewOf(hit, around))
      const counts: Partial<Record<FindingKind, number>> = {}
      for (const kind of kinds) counts[kind] = await countFound(db, kind, look)
      return ok({
        items,
        nextCursor: last ? encodeCursor([question, last.kind, last.key.id]) : null,
        total: Object.values(counts).reduce((sum, count) => sum + count, 0),
        counts,
        bulk: bulkFixes(items),
        refs: refsOf(shown, around),
      })
    })
  }

async function lookOf(deps: FindingDeps, db: Db, actor: Actor, query: Query) {
  const { organizationId, memberId, role } = actor
  const organization = await findOrganization(db, organizationId)
  if (!organization) throw new Error('the organization of an actor is gone')
  const { policies } = organization
  const now = deps.now()
  const isOwn = reachOf(role, 'findings:read') !== 'all'
  const madeBefore = (place: Place): number | null => {
    const days = policiesFor(policies, place).maxAgeDays
    return days === null ? null : now - days * dayMs
  }
  const look: Look = {
    organizationId,
    ownerIds: isOwn ? await deps.ownersOf(db, organizationId, memberId) : null,
    keyId: query.key ?? null,
    now,
    unusedSince: now - query.unusedDays * dayMs,
    madeBefore: {
      otherwise: madeBefore(null),
      development: madeBefore('development'),
      staging: madeBefore('staging'),
      production: madeBefore('production'),
    },
  }
  return { look, policies }
}

async function collect(db: Db, look: Look, kinds: readonly FindingKind[], after: string, size: number): Promise<Hit[]> {
  const hits: Hit[] = []
  for (const [at, kind] of kinds.entries()) {
    const page = { after: at === 0 ? after : '', limit: size - hits.length }
    for (const key of await keysFound(db, kind, look, page)) hits.push({ kind, key })
    if (hits.length === size) break
  }
  return hits
}

async function aroundOf(db: Db, look: Look, hits: readonly Hit[], policies: Around['policies']): Promise<Around> {
  const of = (kind: FindingKind) => hits.filter((hit) => hit.kind === kind).map(({ key }) => key.id)
  const unused = await projectsFound(db, look, of('unused_project'))
  const projects = await findProjects(db, look.organizationId, [...new Set([...unused.values()].flat())])
  return {
    now: look.now,
    unusedSince: look.unusedSince,
    policies,
    tiers: await tiersFound(db, look, [...of('rotation_due'), ...of('never_expires')]),
    clients: await clientsFound(db, look, of('many_clients')),
    unusedProjects: unused,
    projects: new Map(projects.map((project) => [project.id, project])),
    limits: await limitsFound(db, look, of('no_cap')),
    usedServers: await serversFound(db, look, of('all_servers')),
  }
}

const viewOf = ({ kind, key }: Hit, around: Around): Finding => ({
  id: `${kind}:${key.id}`,
  kind,
  key: key.id,
  title: words[kind].title,
  why: whyOf(kind, key, around),
  fix: { label: words[kind].fix, ...fixOf(kind, key, around) },
})

const refsOf = (hits: readonly Hit[], { projects }: Around): Refs => ({
  ...Object.fromEntries([...projects.values()].map(({ id, slug, name }) => [id, { slug, name }])),
  ...Object.fromEntries(hits.map(({ key: { id, name } }) => [id, { slug: null, name }])),
})
