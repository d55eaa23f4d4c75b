import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Database, Db } from '../../db/database.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { cursor, knownForm, limit, listOf, pageOf, Refs, totalOf } from '../../http/lists.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Directory } from '../directory.ts'
import { isThere, keyWithinReach, ownersWithin } from '../owner.ts'
import { countRotations, listRotations, namesOfKeys } from './list/store.ts'
import { RotationState, RotationView } from './schema.ts'
import { findRotation, type Rotation } from './store.ts'
import { rotationView } from './view.ts'

export const RotationQuery = z.strictObject({
  /** Id of a key. */
  key: z.string().min(1).max(64).optional(),
  state: RotationState.optional(),
  limit,
  cursor,
})
type Query = z.infer<typeof RotationQuery>
export const RotationList = listOf(RotationView)
export const OneRotation = z.strictObject({ rotation: RotationView, refs: Refs })

export type ListDeps = {
  readonly read: Database['read']
  readonly directory: Pick<Directory, 'ownersOf'>
  readonly now: () => number
}

/** The question is part of the place: under another filter it would be another list. */
const questionOf = ({ key, state }: Query): string =>
  hash('sha256', JSON.stringify([key, state]), 'base64url').slice(0, 12)

export const rotationList =
  ({ read, directory, now }: ListDeps) =>
  async (actor: Actor, query: Query): Promise<Result<z.infer<typeof RotationList>>> => {
    const { organizationId } = actor
    const question = questionOf(query)
    const place = decodeCursor(query.cursor, z.tuple([z.literal(question), z.int(), z.string()]))
    if (!place.ok) return place
    const after = place.value && ([place.value[1], place.value[2]] as const)
    return read(organizationId, async (db) => {
      const ownerIds = await ownersWithin(directory, db, actor, 'keys:read')
      const key = query.key === undefined ? undefined : knownForm(query.key)
      const filter = { key, state: query.state, ownerIds }
      const found = await listRotations(db, organizationId, filter, { after, limit: query.limit + 1 })
      const { items, nextCursor } = pageOf(found, query.limit, ({ startedAt, id }) => [question, startedAt, id])
      const total = totalOf(await countRotations(db, organizationId, filter))
      return ok({ ...(await shown(db, organizationId, items, now())), nextCursor, ...total })
    })
  }

export const showRotation =
  ({ read, directory, now }: ListDeps) =>
  (actor: Actor, id: string): Promise<Result<z.infer<typeof OneRotation>>> =>
    read(actor.organizationId, async (db): Promise<Result<z.infer<typeof OneRotation>>> => {
      const rotation = await findRotation(db, actor.organizationId, knownForm(id))
      const key = rotation && (await keyWithinReach(directory, db, actor, 'keys:read', rotation.keyId))
      if (!key || !isThere(key.record)) return refuse('not_found')
      const { items, refs } = await shown(db, actor.organizationId, [rotation], now())
      const [view] = items
      return view ? ok({ rotation: view, refs }) : refuse('not_found')
    })

async function shown(db: Db, organizationId: string, rotations: readonly Rotation[], now: number) {
  const names = await namesOfKeys(db, organizationId, [...new Set(rotations.map(({ keyId }) => keyId))])
  const refs: Refs = Object.fromEntries([...names].map(([id, name]) => [id, { slug: null, name }]))
  return { items: rotations.map((each) => rotationView(each, now)), refs }
}
