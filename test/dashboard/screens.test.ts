import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { screens } from '../../dashboard/screens.data.ts'
import { chromium, type Rig, startDashboard } from './rig.ts'
import { found, overflowOf, placesOf, strayTexts } from './screens-rig.ts'
import { fill, type Peopled } from './world.ts'

/** Every screen of the table, in a peopled organization: for the eye in both themes, for the ear, and for translators. */
describe.skipIf(chromium === null)('every screen', () => {
  let rig: Rig
  let world: Peopled
  let paths: ReadonlyMap<string, string>
  const pages = new Map<string, Promise<Page>>()
  const pageOf = (how: 'light' | 'dark' | 'narrow' | 'pseudo'): Promise<Page> => {
    const known = pages.get(how) ?? rig.visit(visits[how])
    pages.set(how, known)
    return known
  }
  beforeAll(async () => {
    rig = await startDashboard()
    world = await fill(rig)
    paths = new Map((await placesOf(rig, world)).map(({ id, path }) => [id, path]))
  })
  afterAll(async () => {
    await rig?.stop()
    await world?.stop()
  })

  test.each(screens.map(({ id }) => id))(
    '%s: axe finds nothing serious in either theme nor on a telephone, and nothing is wider than the window',
    async (id) => {
      const said: string[] = []
      for (const how of ['light', 'dark', 'narrow'] as const) {
        const page = await pageOf(how)
        await rig.open(page, paths.get(id) ?? '/')
        expect(await overflowOf(page), how).toBeLessThanOrEqual(1)
        said.push(
          ...(await found(page)).filter((line) => /^(serious|critical)/.test(line)).map((line) => `${how}: ${line}`),
        )
      }
      expect(said).toEqual([])
    },
    120_000,
  )

  test.each(screens.map(({ id }) => id))(
    '%s: every text comes from the catalogue, and a longer language bursts no box',
    async (id) => {
      const page = await pageOf('pseudo')
      await rig.open(page, paths.get(id) ?? '/')
      expect(await strayTexts(page)).toEqual([])
      expect(await overflowOf(page)).toBeLessThanOrEqual(1)
    },
    60_000,
  )

  test('the browser complains of nothing: no script fails, and the policy of the page forbids nothing that it does', () => {
    expect([...new Set(rig.complaints)]).toEqual([])
  })
})

const visits = {
  light: { scheme: 'light', width: 1360 },
  dark: { scheme: 'dark', width: 1360 },
  narrow: { scheme: 'light', width: 390 },
  pseudo: { pseudo: true },
} as const
