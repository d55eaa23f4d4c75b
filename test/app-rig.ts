import type { AppDeps } from '../src/apps/deps.ts'
import { appRoutes } from '../src/apps/routes.ts'
import type { AppView } from '../src/apps/schema.ts'
import type { Database } from '../src/db/database.ts'
import { revealed } from '../src/keys/answer.ts'
import { prepareKey } from '../src/keys/prepare.ts'
import { prepareRotation } from '../src/keys/rotate.ts'
import { keyRoutes } from '../src/keys/routes.ts'
import type { KeyView } from '../src/keys/schema.ts'
import { showOne } from '../src/keys/show.ts'
import type { Actor } from '../src/people/schema.ts'
import type { Result } from '../src/problems.ts'
import { callRoute, createKeyring, granted } from './keyring.ts'

export type ShownApp = { app: AppView; refs: Record<string, { slug: string | null; name: string }>; effect?: unknown }
export type MadeApp = ShownApp & { key: KeyView; secret: string }
export type AppRig = Awaited<ReturnType<typeof createAppRig>>

/** Apps and keys as control puts them together, over a real database. */
export async function createAppRig(database: Database) {
  const ring = await createKeyring(database)
  const { keyDeps } = ring
  const deps: AppDeps = {
    ...keyDeps,
    prepareKey: prepareKey(keyDeps),
    prepareRotation: prepareRotation(keyDeps),
    showKey: showOne(keyDeps),
    revealKey: (key, secret) => revealed(keyDeps, key, secret),
  }
  const appsWith = (over: Partial<AppDeps>) => callRoute(appRoutes({ ...deps, ...over }))
  const call = appsWith({})
  const keys = callRoute(keyRoutes(keyDeps))
  const rows = <T extends 'apps' | 'keys' | 'secret_versions' | 'audit_events' | 'changes'>(table: T) =>
    database.system.read((db) =>
      db
        .selectFrom(table as 'apps')
        .selectAll()
        .execute(),
    )
  return {
    ring,
    deps,
    call,
    appsWith,
    keys,
    create: (body: unknown, actor: Actor = ring.owner) =>
      call(actor, 'POST /apps', { body }) as Promise<Result<MadeApp>>,
    make: async (body: object, actor: Actor = ring.owner) =>
      granted(await call(actor, 'POST /apps', { body: { name: 'Bot', ...body } })) as MadeApp,
    get: (id: string, actor: Actor = ring.owner) =>
      call(actor, 'GET /apps/:id', { params: { id } }) as Promise<Result<ShownApp>>,
    patch: (id: string, body: unknown, actor: Actor = ring.owner, ifMatch: string | null = null) =>
      call(actor, 'PATCH /apps/:id', { params: { id }, body, ifMatch }) as Promise<Result<ShownApp>>,
    remove: (id: string, actor: Actor = ring.owner) =>
      call(actor, 'DELETE /apps/:id', { params: { id } }) as Promise<Result<ShownApp>>,
    regenerate: (id: string, actor: Actor = ring.owner) =>
      call(actor, 'POST /apps/:id/regenerate-key', { params: { id } }) as Promise<Result<MadeApp>>,
    clone: (id: string, body: unknown, actor: Actor = ring.owner) =>
      call(actor, 'POST /apps/:id/clone', { params: { id }, body }) as Promise<Result<MadeApp>>,
    list: async (query: object = {}, actor: Actor = ring.owner) =>
      granted(await call(actor, 'GET /apps', { query })) as {
        items: AppView[]
        nextCursor: string | null
        total: number
        refs: ShownApp['refs']
      },
    /** A key for the app that has none. */
    keyFor: (app: string, actor: Actor = ring.owner, more: object = {}) =>
      keys(actor, 'POST /keys', { body: { name: 'next', owner: { type: 'app', id: app }, ...more } }) as Promise<
        Result<{ key: KeyView; secret: string }>
      >,
    revoke: async (id: string) => granted(await keys(ring.owner, 'POST /keys/:id/revoke', { params: { id } })),
    rows,
  }
}

export const pointersOf = (result: Result<unknown>): string[] =>
  result.ok ? [] : (result.problem.errors ?? []).map(({ pointer }) => pointer)
