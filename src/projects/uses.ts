import type { Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import type { Actor, Permission } from '../people/schema.ts'
import type { Problem } from '../problems.ts'
import type { ProjectDeps, SomeUses, UseKind } from './deps.ts'
import type { ProjectUses } from './schema.ts'

export type Uses = Readonly<Record<UseKind, SomeUses>>

const kinds: readonly UseKind[] = ['servers', 'providers', 'apps', 'keys']
const rightOf: Readonly<Record<UseKind, Permission>> = {
  servers: 'servers:read',
  providers: 'providers:read',
  apps: 'apps:read',
  keys: 'keys:read',
}
/** Of each kind, and of all in a refusal. */
export const namedAtMost = 100

type Deps = Pick<ProjectDeps, 'usesOf' | 'readsAll'>

/** Everything live that hangs on the project, one query after the other: a unit of work has one connection. */
export async function usesIn({ usesOf }: Deps, db: Db, organizationId: string, projectId: string): Promise<Uses> {
  const of = (kind: UseKind) => usesOf[kind](db, organizationId, projectId, namedAtMost)
  const servers = await of('servers')
  const providers = await of('providers')
  const apps = await of('apps')
  return { servers, providers, apps, keys: await of('keys') }
}

export const totalIn = (uses: Uses): number => kinds.reduce((sum, kind) => sum + uses[kind].total, 0)

export const unreadKinds = ({ readsAll }: Deps, actor: Actor): UseKind[] =>
  kinds.filter((kind) => !readsAll(actor, rightOf[kind]))

/** "3 servers, 1 provider, 0 apps and 2 keys" without what there is none of. */
export function countedIn(uses: Uses): string {
  const parts = kinds.flatMap((kind) => (uses[kind].total === 0 ? [] : [counted(uses[kind].total, kind)]))
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

export const counted = (total: number, plural: string): string =>
  `${total} ${total === 1 ? plural.slice(0, -1) : plural}`

/** Whose names the actor may read is listed, for whoever has to decide; the rest is only counted. */
export function listedFor(
  deps: Deps,
  actor: Actor,
  uses: Partial<Uses>,
  pointer: string,
): NonNullable<Problem['errors']> {
  const unread = new Set(unreadKinds(deps, actor))
  return kinds
    .filter((kind) => !unread.has(kind))
    .flatMap((kind) =>
      (uses[kind]?.items ?? []).map(({ id, name }) => ({ pointer, detail: `${kind.slice(0, -1)} ${id} (${name})` })),
    )
    .slice(0, namedAtMost)
}

export function usesView(uses: Uses): { readonly uses: ProjectUses; readonly refs: Refs } {
  const ids = (kind: UseKind) => uses[kind].items.map(({ id }) => id)
  const refs = kinds.flatMap((kind) => uses[kind].items.map(({ id, slug, name }) => [id, { slug, name }] as const))
  return {
    uses: {
      servers: ids('servers'),
      providers: ids('providers'),
      apps: ids('apps'),
      keys: ids('keys'),
      total: totalIn(uses),
    },
    refs: Object.fromEntries(refs),
  }
}
