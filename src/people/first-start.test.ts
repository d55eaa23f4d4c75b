import { beforeAll, expect, test } from 'vitest'
import { createKeyring, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { defaultProject, findProject } from '../projects/store.ts'
import { firstStart } from './first-start.ts'
import { findInstallation, organizationRecords } from './store.ts'

onEachStore('the first start', (open) => {
  let database: Database
  let ring: Keyring
  const audited = (action: string) =>
    database.system.read((db) => db.selectFrom('audit_events').selectAll().where('action', '=', action).execute())

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
  })

  test('the first start makes organization, project, catalog and owner once, whoever starts and how often', async () => {
    const fresh = await open()
    const deps = { ...ring.peopleDeps, system: fresh.system }
    const [one, two] = await Promise.all([firstStart(deps), firstStart(deps)])
    expect(two).toEqual(one)
    expect(await firstStart(deps)).toEqual(one)
    const { rows, project, bySlug, catalogs, installation } = await fresh.system.read(async (db) => ({
      rows: await organizationRecords(db),
      project: await defaultProject(db, one.organizationId),
      bySlug: await findProject(db, one.organizationId, 'default'),
      catalogs: await db.selectFrom('catalogs').selectAll().execute(),
      installation: await findInstallation(db),
    }))
    expect(rows).toMatchObject([{ id: one.organizationId, slug: 'default', isDefault: true, maxStalenessSeconds: 60 }])
    expect(project).toEqual(bySlug)
    expect(catalogs).toMatchObject([{ slug: 'everyone', everyone: 1, joined_by_new: 1 }])
    expect(one.owner).toMatchObject({ role: 'owner', isOperator: true })
    expect(installation).toMatchObject({ rootId: 'root1', rootCheck: 'check1' })
    expect(installation?.logId).toMatch(/^log_[0-9A-Za-z]{16}$/)
  })

  test('the first start is audited and announced to the gateways', async () => {
    expect(await audited('installation.created')).toHaveLength(1)
    const changes = await database.system.read((db) =>
      db.selectFrom('changes').select(['kind', 'subject_id']).execute(),
    )
    expect(changes.map(({ kind }) => kind)).toEqual(['organization', 'member', 'project', 'catalog'])
    const ids = changes.map(({ subject_id }) => subject_id)
    expect(ids.slice(0, 2)).toEqual([ring.first.organizationId, ring.first.owner.id])
  })

  test('a wrong master key ends the start with one sentence that says what to give', async () => {
    for (const root of [
      { id: 'root1', check: 'other' },
      { id: 'root2', check: 'check1' },
    ]) {
      const start = firstStart({ ...ring.peopleDeps, root })
      await expect(start).rejects.toThrow(/^The master key is not the one .* OSTIARY_MASTER_KEY [^.]*\.key [^.]*\.$/)
    }
  })
})
