import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { keyRecord } from './records/store.ts'
import { type PreparedRotation, prepareRotation } from './rotate.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'
import { refusalOf } from './standing.ts'
import { parseToken } from './token.ts'

type Made = { key: KeyView; secret: string }

onEachStore('rotating keys', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let organizationId: string
  const make = async (actor: Actor = ring.owner) =>
    granted(await call(actor, 'POST /keys', { body: { name: 'ci' } })) as Made
  const prepare = (id: string, actor: Actor = ring.owner) => prepareRotation(ring.keyDeps)(actor, id, 'req_1')
  const write = ({ write: inside }: PreparedRotation) => database.transaction(organizationId, inside)
  const record = async (id: string) => {
    const found = await database.read(organizationId, (db) => keyRecord(db, organizationId, id))
    if (!found) throw new Error('no record')
    return found
  }
  /** Null: it is taken. */
  const refusalNow = async (id: string, secret: string) => {
    const [live, token] = [await record(id), parseToken(secret)]
    const version = token && granted(await ring.prover.prove(token, live, ring.secrets))
    return version === null ? 'key_invalid' : refusalOf(live, version, ring.clock.now())
  }
  const textOf = (secret: Secret) => secret.reveal()

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    organizationId = ring.owner.organizationId
    call = callRoute(keyRoutes(ring.keyDeps))
  })

  test('A05 the next secret has the same id; from the commit on the one before is refused as rotated out', async () => {
    const [{ key, secret }, other] = [await make(), await make()]
    const prepared = granted(await prepare(key.id))
    const next = textOf(prepared.secret)
    expect(next.slice(0, 22)).toBe(secret.slice(0, 22))
    expect([await refusalNow(key.id, secret), await refusalNow(key.id, next)]).toEqual([null, 'key_invalid'])
    ring.clock.forward(1000)
    const { key: rotated, rowId } = granted(await write(prepared))
    expect(rotated.record).toEqual(await record(key.id))
    expect(rotated.record).toMatchObject({
      revision: 2,
      versions: [
        { version: 1, validUntil: ring.clock.now() },
        { version: 2, validUntil: null },
      ],
    })
    expect([await refusalNow(key.id, secret), await refusalNow(key.id, next)]).toEqual(['key_revoked', null])
    expect(await refusalNow(other.key.id, other.secret)).toBeNull()
    prepared.share()
    expect(ring.proofs.at(-1)).toEqual({ id: key.id, token: next })
    const events = await database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', key.id).orderBy('row_id').execute(),
    )
    expect(events.at(-1)).toMatchObject({ action: 'key.rotated', before: '{"version":1}' })
    expect(JSON.parse(events.at(-1)?.after ?? '')).toMatchObject({ version: 2, mode: 'immediate' })
    expect(JSON.stringify(events)).not.toContain(next.slice(22))
    const changes = await database.system.read((db) =>
      db.selectFrom('changes').select('row_id').where('subject_id', '=', key.id).execute(),
    )
    expect(changes.map(({ row_id }) => row_id)).toContain(rowId)
  })

  test('of two rotations of the same state one is told that it is late, and has written nothing', async () => {
    const { key } = await make()
    const [one, two] = [granted(await prepare(key.id)), granted(await prepare(key.id))]
    const codes = (await Promise.all([write(one), write(two)])).map(codeOf)
    expect(codes.filter((code) => code === null)).toHaveLength(1)
    expect(codes).toContain('stale')
    expect((await record(key.id)).versions).toHaveLength(2)
    const third = granted(await prepare(key.id))
    granted(await write(third))
    const { versions } = await record(key.id)
    expect(versions.map(({ version, validUntil }) => [version, validUntil === null])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
  })

  test('a key that is revoked or deleted is not rotated, before or meanwhile', async () => {
    const { id } = (await make()).key
    const prepared = granted(await prepare(id))
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id } }))
    expect(codeOf(await write(prepared))).toBe('stale')
    expect(codeOf(await prepare(id))).toBe('key_is_revoked')
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id } }))
    expect(codeOf(await prepare(id))).toBe('key_is_revoked')
  })

  test('G10 an unknown key, and to a member somebody else’s, is not found; a full lane refuses', async () => {
    const { id } = (await make()).key
    expect(codeOf(await prepare('key_0000000000000000'))).toBe('not_found')
    expect(codeOf(await prepare('\0'))).toBe('not_found')
    expect(codeOf(await prepare(id, await ring.addMember('member')))).toBe('not_found')
    const busy = prepareRotation({ ...ring.keyDeps, hash: async () => refuse('busy') })
    expect(codeOf(await busy(ring.owner, id, 'req_1'))).toBe('busy')
  })
})
