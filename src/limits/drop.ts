import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import type { TargetType } from './schema.ts'
import { limitsAbout, writeLimit } from './store.ts'

/** What goes with a thing: of a server the limits of its tools as well, of a provider those of its models. */
const typesOf = {
  project: ['project'],
  member: ['member'],
  team: ['team'],
  app: ['app'],
  key: ['key'],
  server: ['server', 'tool'],
  provider: ['provider', 'model'],
} as const satisfies Record<string, readonly TargetType[]>
export type Droppable = keyof typeof typesOf

/** The limits of things that are deleted, in the same unit of work. Answers the rows of the changes. */
export async function dropLimits(
  db: Db,
  organizationId: string,
  gone: { readonly type: Droppable; readonly ids: readonly string[]; readonly at: number },
): Promise<number[]> {
  const rows: number[] = []
  for (const limit of await limitsAbout(db, organizationId, typesOf[gone.type], gone.ids)) {
    // Whoever changed it meanwhile has not stopped it from going: a limit of nothing limits nothing.
    const isWritten = await writeLimit(db, organizationId, { ...limit, state: 'deleted', revision: limit.revision + 1 })
    if (isWritten) rows.push(await announce(db, organizationId, { kind: 'limit', id: limit.id, at: gone.at }))
  }
  return rows
}
