import type { KeyView } from '../../../src/keys/schema.ts'

/** Servers that there are now, with the project of each. */
export type KnownServers = ReadonlyMap<string, string>
export type ServerCount = {
  readonly says: 'off' | 'none' | 'all' | 'except' | 'only'
  /** How many it may call now; null: nobody knows yet. */
  readonly now: number | null
  /** How many are named. */
  readonly named: number
}

/** A key may call the servers of its projects, and of these the ones that its own choice admits (B25). */
export function serverCount(
  { mcp, projects }: Pick<KeyView, 'mcp' | 'projects'>,
  known: KnownServers | null,
): ServerCount {
  const { servers } = mcp
  const items = servers.mode === 'only' || servers.mode === 'except' ? servers.items : []
  if (!mcp.enabled) return { says: 'off', now: 0, named: items.length }
  if (servers.mode === 'none') return { says: 'none', now: 0, named: 0 }
  const inReach = known && [...known].filter(([, project]) => projects.includes(project)).map(([id]) => id)
  const isNamed = new Set(items)
  const now = inReach?.filter((id) => servers.mode === 'all' || isNamed.has(id) === (servers.mode === 'only')).length
  return { says: servers.mode, now: now ?? null, named: items.length }
}
