import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { peopleRoutes } from '../routes.ts'
import { createLastUsed } from './last-used.ts'

onEachStore('the last use of management tokens', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const made = async (body: object = {}) =>
    granted(await call(ring.owner, 'POST /management-tokens', { body: { name: 'ci', scopes: ['*'], ...body } })) as {
      managementToken: { id: string; lastUsedAt: string | null }
      secret: string
    }
  const lastUse = async (id: string) => {
    const shown = granted(await call(ring.owner, 'GET /management-tokens/:id', { params: { id } }))
    return (shown as Awaited<ReturnType<typeof made>>).managementToken.lastUsedAt
  }

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
  })

  test('a token that was presented shows when, from the next writing on', async () => {
    const { managementToken, secret } = await made()
    expect(managementToken.lastUsedAt).toBeNull()
    granted(await ring.prove(`Bearer ${secret}`))
    const at = ring.clock.now()
    await ring.lastUsed.flush()
    expect(await lastUse(managementToken.id)).toBe(new Date(at).toISOString())
    ring.clock.forward(60_000)
    granted(await ring.prove(`Bearer ${secret}`))
    await ring.lastUsed.flush()
    expect(await lastUse(managementToken.id)).toBe(new Date(at + 60_000).toISOString())
  })

  test('who is refused has not used it', async () => {
    const { managementToken, secret } = await made()
    const { id } = managementToken
    granted(await call(ring.owner, 'DELETE /management-tokens/:id', { params: { id } }))
    expect(codeOf(await ring.prove(`Bearer ${secret}`))).toBe('not_signed_in')
    expect(codeOf(await ring.prove(`Bearer ${secret}x`))).toBe('not_signed_in')
    await ring.lastUsed.flush()
    expect(await lastUse(id)).toBeNull()
  })

  test('the time never goes back, whichever control writes last', async () => {
    const { id } = (await made()).managementToken
    const { organizationId } = ring.first
    const [one, other] = [createLastUsed(database), createLastUsed(database)]
    one.note({ organizationId, id, at: 2000 })
    one.note({ organizationId, id, at: 1000 })
    other.note({ organizationId, id, at: 1500 })
    await one.flush()
    await other.flush()
    expect(await lastUse(id)).toBe(new Date(2000).toISOString())
  })

  test('more uses than one writing takes are all written', async () => {
    const { id } = (await made()).managementToken
    const { organizationId } = ring.first
    const uses = createLastUsed(database)
    for (let n = 0; n < 450; n += 1) uses.note({ organizationId, id: `mgt_${String(n).padStart(16, '0')}`, at: 1 })
    uses.note({ organizationId, id, at: 3000 })
    await uses.flush()
    expect(await lastUse(id)).toBe(new Date(3000).toISOString())
  })

  test('what could not be written is written the next time', async () => {
    const { id } = (await made()).managementToken
    let isDown = true
    const { transaction } = database.system
    const failing: typeof transaction = (work) => (isDown ? Promise.reject(new Error('gone')) : transaction(work))
    const uses = createLastUsed({ system: { transaction: failing } })
    uses.note({ organizationId: ring.first.organizationId, id, at: 4000 })
    await expect(uses.flush()).rejects.toThrow('gone')
    isDown = false
    await uses.flush()
    expect(await lastUse(id)).toBe(new Date(4000).toISOString())
  })

  test('G10 a use counts for the organization it was seen in only', async () => {
    const { id } = (await made()).managementToken
    const uses = createLastUsed(database)
    uses.note({ organizationId: 'org_9999999999999999', id, at: 5000 })
    await uses.flush()
    expect(await lastUse(id)).toBeNull()
  })
})
