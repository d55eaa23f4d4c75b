import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { root } from '../programs.ts'
import { settled, startDashboard, type Visit } from './rig.ts'
import { found, overflowOf, placesOf, strayTexts } from './screens-rig.ts'
import { fill } from './world.ts'

/**
 * Pictures of screens, and what axe says of them: `npm run screens -- [--only keys,audit] [--out FOLDER] [--role member]
 * [--press "Create key;Advanced"] [--pseudo]`. Without `--out` they go to docs/screens/. `--press` names buttons, tabs
 * or menu items that are pressed one after the other before the picture; `--pseudo` looks for texts that are not in the
 * catalogue. Build the dashboard first (`npm run dashboard`).
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    out: { type: 'string' },
    press: { type: 'string' },
    role: { type: 'string' },
    pseudo: { type: 'boolean', default: false },
  },
})
const out = path.resolve(values.out ?? path.join(root, 'docs/screens'))
const only = values.only?.split(',')
const role = values.role === 'member' || values.role === 'admin' || values.role === 'auditor' ? values.role : 'owner'
const visits: Visit[] = values.pseudo
  ? [{ role, width: 1360, pseudo: true }]
  : [
      { role, width: 1360, scheme: 'light' },
      { role, width: 390, scheme: 'light' },
      { role, width: 1360, scheme: 'dark' },
      { role, width: 390, scheme: 'dark' },
    ]

const press = async (page: Page): Promise<void> => {
  for (const name of values.press?.split(';').filter(Boolean) ?? []) {
    const roles = ['button', 'tab', 'menuitem'] as const
    const [one, two, three] = roles.map((kind) => page.getByRole(kind, { name }))
    if (one && two && three) await one.or(two).or(three).first().click()
    // What it opens comes in a file of its own.
    await page.waitForLoadState('networkidle')
    await settled(page)
  }
}

const rig = await startDashboard()
const world = await fill(rig)
try {
  await mkdir(out, { recursive: true })
  const places = (await placesOf(rig, world)).filter(({ id }) => only?.includes(id) ?? true)
  for (const visit of visits) {
    const page = await rig.visit(visit)
    const how = visit.pseudo ? 'pseudo' : `${visit.scheme}-${visit.width}`
    for (const { id, path: address } of places) {
      await rig.open(page, address)
      await press(page)
      await page.screenshot({ path: path.join(out, `${id}-${how}.png`), fullPage: !values.press })
      const overflow = await overflowOf(page)
      const said = [
        ...(visit.pseudo ? (await strayTexts(page)).map((text) => `not in the catalogue: ${text}`) : await found(page)),
        ...(overflow > 1 ? [`the page is ${overflow} px wider than the window`] : []),
      ]
      for (const line of said) console.log(`${id} ${how}: ${line}`)
    }
    await page.context().close()
  }
  for (const complaint of new Set(rig.complaints)) console.log(`browser: ${complaint}`)
} finally {
  await rig.stop()
  await world.stop()
}
