import type { Choice, KeyRecord } from '../keys/schema.ts'
import type { Grant } from '../people/grants/schema.ts'
import type { Backing } from './backing.ts'
import { admits, setOf } from './choice.ts'
import type { Call } from './schema.ts'

/**
 * What was approved beside the rights. A grant of a key opens what it names to that key, whatever key, app and owner have
 * chosen; one of a member is as good as a catalog that reaches him, and his keys still choose. Neither moves a server
 * into a project of the key, nor switches MCP or LLM on, and child tokens cut what it opens like anything else.
 */
export type Granted = { readonly key: KeyRecord; readonly backing: Backing }

export const isLive = ({ until }: Pick<Grant, 'until'>, now: number): boolean => until === null || now < until

/** The tools or models of that server or provider; null: it opens nothing there. */
function opened(grants: readonly Grant[] | undefined, target: string, now: number): Choice | null {
  if (grants === undefined) return null
  let parts: string[] | null = null
  for (const grant of grants) {
    if (grant.target !== target || !isLive(grant, now)) continue
    if (grant.parts === null) return { mode: 'all' }
    parts = [...(parts ?? []), ...grant.parts]
  }
  return parts && { mode: 'only', items: parts }
}

export const openedToKey = ({ key }: Pick<Granted, 'key'>, target: string, now: number): Choice | null =>
  opened(key.grants, target, now)

const openedToOwner = ({ backing }: Pick<Granted, 'backing'>, target: string, now: number): Choice | null =>
  opened(backing.grants, target, now)

export const isInCatalog = ({ catalogs }: Backing, kind: Call['kind'], target: string): boolean =>
  catalogs.some((catalog) => setOf(kind === 'mcp' ? catalog.servers : catalog.providers).has(target))

/** By anything at all: a catalog, or a grant of his or of this key. */
export const isReached = (of: Granted, kind: Call['kind'], target: string, now: number): boolean =>
  isInCatalog(of.backing, kind, target) ||
  openedToOwner(of, target, now) !== null ||
  openedToKey(of, target, now) !== null

/**
 * What key and owner have of that server or provider without the grants of the key: what the owner reaches, if the key
 * has chosen it. Null: no grant is about it, and then whoever got here was asked about both already.
 */
export function besideGrants(of: Granted, kind: Call['kind'], target: string, now: number): Choice | null {
  const ofOwner = openedToOwner(of, target, now)
  if (ofOwner === null && openedToKey(of, target, now) === null) return null
  const { mcp, llm } = of.key.scope
  if (!admits(kind === 'mcp' ? mcp.servers : llm.providers, target)) return nothing
  return isInCatalog(of.backing, kind, target) ? everything : (ofOwner ?? nothing)
}
const nothing: Choice = { mode: 'none' }
const everything: Choice = { mode: 'all' }

/** When the first of the grants that open something there is over (ms); null: none is, or none does. */
export function endOfGrants({ key, backing }: Granted, target: string, now: number): number | null {
  let first: number | null = null
  for (const grants of [key.grants, backing.grants])
    for (const grant of grants ?? [])
      if (grant.target === target && grant.until !== null && isLive(grant, now))
        first = first === null ? grant.until : Math.min(first, grant.until)
  return first
}

/** Those that open something there, the one that lasts longest first. */
export const grantsAbout = (grants: readonly Grant[], target: string, now: number): Grant[] =>
  grants
    .filter((grant) => grant.target === target && isLive(grant, now))
    .sort((one, other) => (other.until ?? Number.POSITIVE_INFINITY) - (one.until ?? Number.POSITIVE_INFINITY))
