import { beforeEach, expect, test } from 'vitest'
import { granted } from '../../test/keyring.ts'
import { createProviderRig } from '../../test/provider-rig.ts'
import { onEachStore } from '../../test/stores.ts'
import type { UnsealedRecord } from '../fleet/unsealed/schema.ts'
import { providerRecord, providerRecords } from './records.ts'

onEachStore('records of providers', (open) => {
  let rig: Awaited<ReturnType<typeof createProviderRig>>
  let logged: object[]
  beforeEach(async () => {
    rig = await createProviderRig(await open())
    logged = []
  })
  const deps = () => ({ ...rig, log: { error: (fields: object) => void logged.push(fields) } })
  const record = (id: string, organization = rig.orgA) => rig.read((db) => providerRecord(deps())(db, organization, id))
  const canary = 'canary-71c02bd9'
  const body = { slug: 'ai', preset: 'openai', credential: { value: canary }, models: [{ id: 'gpt-4o' }] }

  test('G6 D30 a gateway gets the provider with its opened credential, where it goes, and priced models', async () => {
    const { provider } = granted(await rig.create({ ...body, retries: 2, timeouts: { answerSeconds: 9 } }))
    const found = await record(provider.id)
    expect(found).toMatchObject({
      kind: 'provider',
      id: provider.id,
      revision: 1,
      slug: 'ai',
      project: 'prj_a',
      dialect: 'openai',
      baseUrl: 'https://api.openai.com/v1',
      auth: 'bearer',
      retries: 2,
      timeouts: { answerSeconds: 9 },
      models: [{ id: 'gpt-4o', aliases: [], reasoning: false, prices: [{ input: 2_500_000 }] }],
      injection: { credential: provider.credential?.id, version: 1 },
    })
    expect(found?.kind === 'provider' && found.injection?.value.reveal()).toBe(canary)
    expect(JSON.stringify(found)).not.toContain(canary)
    expect(await record(provider.id, rig.orgB)).toBeNull()
    expect(await record('prv_0000000000000000')).toBeNull()
  })

  test('a changed credential is another one with the next revision; without one nothing is injected', async () => {
    const { provider } = granted(await rig.create(body))
    const changed = granted(await rig.patch('ai', { credential: { value: 'another' } }))
    expect(await record(provider.id)).toMatchObject({
      revision: 2,
      injection: { credential: changed.provider.credential?.id },
    })
    granted(await rig.patch('ai', { credential: null }))
    expect(await record(provider.id)).toMatchObject({ revision: 3, injection: null })
  })

  test('G7 every change is told: made, changed, and gone with a higher revision', async () => {
    const { provider } = granted(await rig.create(body))
    granted(await rig.patch('ai', { retries: 0 }))
    granted(await rig.remove('ai'))
    const { id } = provider
    expect(await record(id)).toEqual({ kind: 'gone', of: 'provider', organization: rig.orgA, id, revision: 3 })
    const changes = await rig.read((db) => db.selectFrom('changes').select(['kind', 'subject_id']).execute())
    expect(changes).toEqual(Array(3).fill({ kind: 'provider', subject_id: id }))
  })

  test('a damaged credential withholds its provider, loudly, and no other one', async () => {
    const { provider } = granted(await rig.create(body))
    granted(await rig.create({ ...body, slug: 'well' }))
    const gone = { kind: 'gone', of: 'provider', id: provider.id }
    const credential = provider.credential?.id ?? ''
    const damage = (change: object) =>
      rig.write((db) =>
        db.updateTable('credential_versions').set(change).where('credential_id', '=', credential).execute(),
      )
    await damage({ blob: 'v1.damaged' })
    expect(await record(provider.id)).toMatchObject(gone)
    await damage({ state: 'revoked' })
    expect(await record(provider.id)).toMatchObject(gone)
    expect(logged).toMatchObject([{ provider: provider.id }, { provider: provider.id }])
    expect((await everything()).map(({ kind }) => kind).sort()).toEqual(['gone', 'provider'])
  })

  const everything = async (pageSize?: number) => {
    const all: UnsealedRecord[] = []
    const pages: number[] = []
    await rig.read(async (db) => {
      for await (const page of providerRecords(deps())(db, pageSize)) {
        all.push(...page)
        pages.push(page.length)
      }
    })
    return Object.assign(all, { pages })
  }

  test('a snapshot holds every live provider of every organization once, in pages', async () => {
    for (const slug of ['a', 'b', 'c']) granted(await rig.create({ ...body, slug }))
    for (const slug of ['a', 'd']) granted(await rig.create({ ...body, slug }, rig.orgB))
    granted(await rig.remove('b'))
    const all = await everything(2)
    const slugs = all.map((one) => (one.kind === 'provider' ? `${one.organization.at(-1)} ${one.slug}` : one.kind))
    expect(slugs.sort()).toEqual(['a a', 'a c', 'b a', 'b d'])
    expect(all.pages).toEqual([2, 2])
  })

  test('an address of before is told as it is meant now', async () => {
    const { provider } = granted(await rig.create(body))
    await rig.write((db) => db.updateTable('providers').set({ base_url: 'https://llm.example.test/' }).execute())
    expect(await record(provider.id)).toMatchObject({ baseUrl: 'https://llm.example.test/v1' })
  })
})
