import { beforeAll, expect, test } from 'vitest'
import { type AppRig, createAppRig, pointersOf } from '../../test/app-rig.ts'
import { codeOf, granted } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'

onEachStore('apps with a URL key', (open) => {
  let database: Database
  let rig: AppRig
  const policies = (text: string) =>
    database.system.transaction((db) => db.updateTable('organizations').set({ policies: text }).execute())
  const made = async (body: object) => granted(await rig.create({ name: 'Widget', ...body })) as Made
  type Made = { app: { id: string; key: string }; key: { id: string; kind: string }; secret: string; url?: string }

  beforeAll(async () => {
    database = await open()
    rig = await createAppRig(database)
  })

  test('M11 C20 the one key of an app may be a URL key, and is shown with its URL', async () => {
    const { app, key, secret, url } = await made({ keyKind: 'url' })
    expect(key).toMatchObject({ kind: 'url', owner: { type: 'app', id: app.id } })
    expect([secret.slice(0, 5), url]).toEqual(['ostu_', `https://gateway.example/mcp/${secret}`])
    expect((await made({ keyKind: 'key' })).url).toBeUndefined()
    expect((await made({})).key.kind).toBe('key')
  })

  test('C16 regenerated it stays a URL key, and the clone of its app has one too', async () => {
    const { app, key, secret } = await made({ keyKind: 'url' })
    const again = granted(
      await rig.call(rig.ring.owner, 'POST /apps/:id/regenerate-key', { params: { id: app.id } }),
    ) as Made
    expect(again.key).toMatchObject({ id: key.id, kind: 'url' })
    expect([again.secret === secret, again.url]).toEqual([false, `https://gateway.example/mcp/${again.secret}`])
    const clone = granted(await rig.clone(app.id, { name: 'Second' })) as Made
    expect([clone.key.kind, clone.url]).toEqual(['url', `https://gateway.example/mcp/${clone.secret}`])
  })

  test('where the policy forbids URL keys, the app is not made, and the refusal names the field of the app', async () => {
    const before = await rig.rows('apps')
    await policies('{"urlKeys":"off"}')
    const refused = await rig.create({ name: 'Widget', keyKind: 'url' })
    expect([codeOf(refused), pointersOf(refused)]).toEqual(['policy_refused', ['/keyKind']])
    await policies('{}')
    expect(await rig.rows('apps')).toHaveLength(before.length)
  })

  test('the other policies of keys bind the key of an app as well', async () => {
    await policies('{"nameTemplate":"bot-*","maxExpiresIn":"30d"}')
    const refused = await rig.create({ name: 'Widget', expiresIn: '1y' })
    expect([codeOf(refused), pointersOf(refused)]).toEqual(['policy_refused', ['/name', '/expiresIn']])
    const { key } = (await made({ name: 'bot-widget' })) as unknown as { key: { expiresAt: string } }
    expect(key.expiresAt).toBe(new Date(rig.ring.clock.now() + 30 * 86_400_000).toISOString())
    await policies('{}')
  })
})
