import type { Database } from '../src/db/database.ts'
import { claimRoutes } from '../src/keys/claims/routes.ts'
import { keyRecord } from '../src/keys/records/store.ts'
import { noteFirstUse } from '../src/keys/rotation/first-use.ts'
import { rotationRoutes } from '../src/keys/rotation/routes.ts'
import { openRotation } from '../src/keys/rotation/store.ts'
import { keyRoutes } from '../src/keys/routes.ts'
import type { KeyRecord, KeyView } from '../src/keys/schema.ts'
import { isLive, refusalOf } from '../src/keys/standing.ts'
import { parseToken } from '../src/keys/token.ts'
import type { Actor } from '../src/people/schema.ts'
import { callRoute, codeOf, createKeyring, granted } from './keyring.ts'

/** Rotations and claims over a real store, as REST offers them, and with the eyes of a gateway. */
export type RotationRig = Awaited<ReturnType<typeof createRotationRig>>
export type Made = { readonly key: KeyView; readonly secret: string }
// biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client does; a wrong guess fails the assertion
type Json = any

export async function createRotationRig(database: Database) {
  const ring = await createKeyring(database)
  const { organizationId } = ring.owner
  const routes = [...keyRoutes(ring.keyDeps), ...rotationRoutes(ring.keyDeps), ...claimRoutes(ring.keyDeps)]
  const call = callRoute(routes)
  const verb = (name: string, id: string, body: object = {}, actor: Actor = ring.owner) =>
    call(actor, `POST /keys/:id/${name}`, { params: { id }, body })
  const record = async (id: string): Promise<KeyRecord> => {
    const found = await database.read(organizationId, (db) => keyRecord(db, organizationId, id))
    if (!found) throw new Error(`there is no ${id}`)
    return found
  }
  return {
    ...ring,
    organizationId,
    database,
    call,
    verb,
    record,
    make: async (body: object = {}, actor: Actor = ring.owner): Promise<Made> =>
      granted(await call(actor, 'POST /keys', { body: { name: 'ci', ...body } })) as Made,
    rotate: async (id: string, body: object = {}, actor: Actor = ring.owner): Promise<Json> =>
      granted(await verb('rotate', id, body, actor)),
    done: async (name: string, id: string, body: object = {}, actor: Actor = ring.owner): Promise<Json> =>
      granted(await verb(name, id, body, actor)),
    refusal: async (name: string, id: string, body: object = {}, actor: Actor = ring.owner) =>
      codeOf(await verb(name, id, body, actor)),
    get: async (route: string, id: string, actor: Actor = ring.owner, query: object = {}): Promise<Json> =>
      granted(await call(actor, `GET ${route}`, { params: { id }, query })),
    /** What a gateway answers to a secret now; null: it is taken. */
    answerTo: async (secret: string): Promise<string | null> => {
      const token = parseToken(secret)
      if (!token) return 'key_invalid'
      const live = await record(`key_${token.id16}`)
      const version = granted(await ring.prover.prove(token, live, ring.secrets))
      return version === null ? 'key_invalid' : refusalOf(live, version, ring.clock.now())
    },
    /** Numbers of the versions that are taken now. */
    live: async (id: string): Promise<number[]> =>
      (await record(id)).versions.filter((each) => isLive(each, ring.clock.now())).map(({ version }) => version),
    open: (id: string) => database.read(organizationId, (db) => openRotation(db, organizationId, id)),
    /** As the report of a gateway leaves it, and then tells of it. */
    use: async (id: string, version: number, isTold = true): Promise<void> => {
      const at = ring.clock.now()
      await database.system.transaction((db) =>
        db
          .updateTable('secret_versions')
          .set((is) => ({ first_used_at: is.fn.coalesce('first_used_at', is.val(at)), last_used_at: at }))
          .where('key_id', '=', id)
          .where('version', '=', version)
          .execute(),
      )
      if (isTold) await noteFirstUse(ring.keyDeps)(organizationId, id, version)
    },
    /** Somebody was seen with a version, `ago` ms before now. */
    see: (id: string, version: number, client: string, address: string, ago = 0) => {
      const at = ring.clock.now() - ago
      const place = { organization_id: organizationId, key_id: id, version, client, address }
      return database.system.transaction((db) =>
        db
          .insertInto('key_clients')
          .values({ ...place, first_seen_at: at, last_seen_at: at, requests: 3 })
          .execute(),
      )
    },
    events: async (
      id: string,
    ): Promise<{ action: string; before: Json; after: Json; actor: string; text: string }[]> => {
      const rows = await database.system.read((db) =>
        db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).orderBy('row_id').execute(),
      )
      return rows.map((row) => ({
        action: row.action,
        actor: row.actor_id,
        before: row.before && JSON.parse(row.before),
        after: row.after && JSON.parse(row.after),
        text: JSON.stringify(row),
      }))
    },
  }
}
