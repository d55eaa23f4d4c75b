import { z } from 'zod'
import type { Database, Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { clientsOf, type SeenClient } from '../../usage/clients/store.ts'
import type { Directory } from '../directory.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import { isLive } from '../standing.ts'
import { ClientView, type RotationView, type VersionView } from './schema.ts'
import { latestRotation } from './store.ts'
import { clientView, rotationView, versionView } from './view.ts'

export type MeterDeps = {
  readonly read: Database['read']
  readonly directory: Pick<Directory, 'ownersOf'>
  readonly now: () => number
}
type Meter = { rotation: RotationView | null; versions: VersionView[] }

/** M2: who still calls with which secret: of those that are taken, and of the two of the last rotation. */
export const drainMeter =
  ({ read, directory, now }: MeterDeps) =>
  (actor: Actor, id: string): Promise<Result<Meter>> =>
    read(actor.organizationId, async (db): Promise<Result<Meter>> => {
      const key = await keyWithinReach(directory, db, actor, 'keys:read', id)
      if (!key || !isThere(key.record)) return refuse('not_found')
      const at = now()
      const { organization, versions } = key.record
      const rotation = await latestRotation(db, organization, key.record.id)
      const clients = await recentClients(db, organization, key.record.id, at)
      const isShown = (version: (typeof versions)[number]) =>
        isLive(version, at) || version.version === rotation?.from || version.version === rotation?.to
      const nextOf = (version: number) => (version === rotation?.from ? rotation.to : null)
      return ok({
        rotation: rotation && rotationView(rotation, at),
        versions: versions.filter(isShown).map(({ version }) => versionView(key, version, nextOf(version), clients)),
      })
    })

export const ClientQuery = z.strictObject({ days: z.coerce.number().int().min(1).max(365).default(30) })
export const ClientList = z.strictObject({ items: z.array(ClientView), nextCursor: z.null(), total: z.int() })

/** A24: who has called with a key, the last one first; so many are kept apart that one page shows all. */
export const clientList =
  ({ read, directory, now }: MeterDeps) =>
  (actor: Actor, id: string, days: number): Promise<Result<z.infer<typeof ClientList>>> =>
    read(actor.organizationId, async (db): Promise<Result<z.infer<typeof ClientList>>> => {
      const key = await keyWithinReach(directory, db, actor, 'keys:read', id)
      if (!key || !isThere(key.record)) return refuse('not_found')
      const found = await recentClients(db, actor.organizationId, key.record.id, now(), days)
      return ok({ items: found.map(clientView), nextCursor: null, total: found.length })
    })

/** A24: whom a rotation concerns. */
export const clientsOfVersion = async (
  db: Db,
  organizationId: string,
  keyId: string,
  version: number | null,
  now: number,
): Promise<ClientView[]> =>
  (await recentClients(db, organizationId, keyId, now)).filter((seen) => seen.version === version).map(clientView)

const dayMs = 86_400_000

const recentClients = (db: Db, organizationId: string, keyId: string, now: number, days = 30): Promise<SeenClient[]> =>
  clientsOf(db, organizationId, keyId, { since: now - days * dayMs, limit: shownAtMost })

/** More than are kept apart for one key. */
const shownAtMost = 5000
