import { createSecretKey, randomBytes } from 'node:crypto'
import { createVault } from '../src/credentials/vault.ts'
import type { Database, Db } from '../src/db/database.ts'
import { newId } from '../src/keys/token.ts'
import type { Actor } from '../src/people/schema.ts'
import { ok, type Result } from '../src/problems.ts'
import { insertProject } from '../src/projects/store.ts'
import type { ProviderDeps } from '../src/providers/deps.ts'
import { createPriceList } from '../src/providers/prices/list.ts'
import { packageSource } from '../src/providers/prices/package.ts'
import { providerRoutes } from '../src/providers/routes.ts'
import type { ProviderView } from '../src/providers/schema.ts'
import { actorOf, callRoute, nothingPending } from './keyring.ts'
import { addOrganization } from './stores.ts'

export type ProviderAnswer = { provider: ProviderView; results: unknown[]; items: Record<string, unknown>[] }

/** The routes of providers over a real database of two organizations, with a clock that stands still. */
export async function createProviderRig(database: Database) {
  const orgA = 'org_000000000000000a'
  const orgB = 'org_000000000000000b'
  const admins: Record<string, Actor> = {
    [orgA]: actorOf(orgA, 'mem_0000000000000001', 'admin'),
    [orgB]: actorOf(orgB, 'mem_2', 'admin'),
  }
  for (const [id, slug] of [
    [orgA, 'a'],
    [orgB, 'b'],
  ] as const) {
    await addOrganization(database, id, slug)
    const project = { id: `prj_${slug}`, slug: 'default', name: slug, tier: 'production', isDefault: true } as const
    await database.transaction(id, (db) => insertProject(db, id, { ...project, createdAt: 1 }))
  }
  const root = { id: 'root', key: createSecretKey(randomBytes(32)) }
  const vault = createVault({ root, randomBytes, now: () => 1 })
  const priceList = createPriceList(packageSource)
  const deps: ProviderDeps = {
    read: database.read,
    transaction: database.transaction,
    vault,
    priceList,
    get: async () => ({ error: 'nobody looks here' }),
    newId: (prefix) => newId(prefix, randomBytes),
    now: () => Date.parse('2026-01-01T00:00:00Z'),
    effectOf: async () => nothingPending,
    reachOf: async () => ({ networks: [], loopback: true }),
    joinCatalogs: async () => ok({ catalogs: [] }),
    leaveCatalogs: async () => ({ catalogs: [] }),
  }
  const call = async (route: string, given: object = {}, over: Partial<ProviderDeps> = {}, organization = orgA) =>
    (await callRoute(providerRoutes({ ...deps, ...over }))(
      admins[organization] ?? nobody(),
      route,
      given,
    )) as Result<ProviderAnswer>
  return {
    ...{ deps, vault, priceList, orgA, orgB, call },
    create: (body: object, organization = orgA) => call('POST /providers', { body }, {}, organization),
    patch: (id: string, body: object) => call('PATCH /providers/:id', { params: { id }, body }),
    remove: (id: string) => call('DELETE /providers/:id', { params: { id } }),
    models: (id: string) => call('GET /providers/:id/models', { params: { id } }),
    read: <T>(work: (db: Db) => Promise<T>): Promise<T> => database.system.read(work),
    write: <T>(work: (db: Db) => Promise<T>): Promise<T> => database.system.transaction(work),
  }
}

const nobody = (): never => {
  throw new Error('no such organization')
}

export const pointersOf = (result: Result<unknown>): string[] =>
  result.ok ? [] : (result.problem.errors ?? []).map(({ pointer }) => pointer)
