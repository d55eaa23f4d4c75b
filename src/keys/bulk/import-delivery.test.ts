import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore, silent } from '../../../test/stores.ts'
import type { Actor } from '../../people/schema.ts'
import { ok } from '../../problems.ts'
import { bodyOf } from '../../webhooks/deliver.ts'
import { bulkRoutes } from './routes.ts'

const webhook = 'whk_1111111111111111'
type Results = { readonly results: readonly { readonly ok: boolean; readonly delivered?: true }[] }

onEachStore('an import whose secrets go to a webhook', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const delivered: { readonly to: string; readonly data: { readonly secret: string } }[] = []
  const people: Record<'admin' | 'member', Actor> = { admin: null as never, member: null as never }

  beforeAll(async () => {
    ring = await createKeyring(await open())
    for (const role of ['admin', 'member'] as const) people[role] = await ring.addMember(role)
    const { organizationId } = ring.owner
    await ring.keyDeps.system.transaction((db) =>
      db
        .insertInto('webhooks')
        .values({
          organization_id: organizationId,
          id: webhook,
          name: 'vault',
          url: 'https://vault.example/',
          events: '[]',
          secret_blob: 'sealed',
          state: 'active',
          created_at: 1,
          created_by: 'test',
          revision: 1,
        })
        .execute(),
    )
    const deliverNow = async (_organization: string, to: string, message: object) => {
      delivered.push({ to, data: JSON.parse(bodyOf(message as never)).data })
      return ok({ status: 204 })
    }
    call = callRoute(bulkRoutes({ ...ring.keyDeps, deliverNow, log: silent }))
  })

  const ask = (actor: Actor, deliverTo: string, more: object = {}) =>
    call(actor, 'POST /keys/import', { body: { keys: [{ name: 'mine' }], deliverTo, ...more } })
  const keys = () => ring.keyDeps.read(ring.owner.organizationId, (db) => db.selectFrom('keys').select('id').execute())

  test('B22 the organization’s webhooks are not a member’s to name, nor to find out about', async () => {
    for (const id of [webhook, 'whk_2222222222222222', 'vault', '']) {
      for (const more of [{}, { dryRun: true }])
        expect([id, codeOf(await ask(people.member, id, more))]).toEqual([id, 'invalid'])
    }
    expect([delivered, await keys()]).toEqual([[], []])
  })

  test('one that is not there is refused before anything is made, whatever its id', async () => {
    for (const id of ['whk_2222222222222222', '../..', 'a b', `whk_${'1'.repeat(16)}'`])
      expect([id, codeOf(await ask(people.admin, id))]).toEqual([id, 'invalid'])
    expect(await keys()).toEqual([])
  })

  test('an admin’s own goes there and not into the answer; one for a person is a link, and reaches no webhook', async () => {
    const { results } = granted(await ask(people.admin, webhook)) as Results
    expect(results).toMatchObject([{ ok: true, delivered: true }])
    expect(JSON.stringify(results)).not.toMatch(/ostk_/)
    expect(delivered).toMatchObject([{ to: webhook, data: { secret: expect.stringMatching(/^ostk_/) } }])
    const owner = { type: 'member', id: ring.owner.memberId }
    const foreign = granted(await ask(people.admin, webhook, { keys: [{ name: 'his', owner }] }))
    expect(foreign).toMatchObject({ results: [{ ok: true, claim: { url: expect.any(String) } }] })
    expect(delivered).toHaveLength(1)
  })
})
