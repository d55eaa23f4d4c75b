import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { openDatabase } from '../../src/db/open.ts'
import { openDashboard } from '../../test/dashboard/rig.ts'
import { insertKeys } from '../../test/many-keys.ts'
import { ask, type Product, startProduct } from '../../test/product.ts'
import { eventually, freePorts, root, startNode } from '../../test/programs.ts'
import { withoutIndexes } from '../lists/seed.ts'
import { eventsOf, loadOf, turnOf, watchEvents } from './pages.ts'

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const kB = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`

/** The dashboard over a list of `count` keys, in real Chromium against control in a process of its own, on SQLite. */
export async function printDashboard(count: number): Promise<void> {
  printBuild()
  await printSizes()
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'ostiary-pages-'))
  try {
    const product = await startProduct({ store: 'sqlite', dataDir })
    const bootstrapToken = product.bootstrapToken
    await fill(product, count)
    await printPages(dataDir, bootstrapToken, count)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

function printBuild(): void {
  for (let round = 1; round <= 3; round += 1) {
    const begun = performance.now()
    const { status, stderr } = spawnSync(process.execPath, ['dashboard/build.ts'], { cwd: root, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    say(`build ${round}: ${((performance.now() - begun) / 1000).toFixed(1)} s (goal: 10)`)
  }
}

async function printSizes(): Promise<void> {
  const assets = path.join(root, 'dashboard/dist/assets')
  const names = (await readdir(assets)).filter((name) => name.endsWith('.js.gz'))
  const sizes = await Promise.all(
    names.map(async (name) => ({ name, bytes: (await readFile(path.join(assets, name))).length })),
  )
  const largest = sizes.toSorted((one, other) => other.bytes - one.bytes).slice(0, 6)
  say(`${names.length} scripts, ${kB(sizes.reduce((sum, { bytes }) => sum + bytes, 0))} gzip together; the largest:`)
  for (const { name, bytes } of largest) say(`  ${kB(bytes)} ${name}`)
}

/** Rows as of a company, written into the database of a product that does not run. */
async function fill(product: Product, count: number): Promise<void> {
  const made = async (where: string, body: object) => {
    const answer = await product.rest('POST', where, body)
    if (answer.status !== 201) throw new Error(`POST ${where} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  const { server } = await made('/servers', { slug: 'one', transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' } })
  const me = (await product.rest('GET', '/me')).body
  await product.stop()
  const place = { kind: 'sqlite', file: path.join(product.dataDir, 'ostiary.db') } as const
  const database = await openDatabase(
    { ...place, transactionLimitMs: 3_600_000 },
    { info: () => {}, warn: () => {}, error: console.error },
  )
  const owners = [{ type: 'member', id: me.member.id, name: me.member.name }] as const
  const seeded = {
    organizationId: me.organization.id,
    owners,
    servers: [{ id: server.id, project: server.project }],
    now: Date.now(),
  }
  try {
    await withoutIndexes(place, database, () => insertKeys(database, seeded, count, () => {}, 5000))
  } finally {
    await database.close()
  }
}

async function printPages(dataDir: string, bootstrapToken: string, count: number): Promise<void> {
  const rig = await openDashboard(await startControlAlone(dataDir, bootstrapToken))
  try {
    const page = await rig.visit()
    await rig.open(page, '/configuration/api-keys')
    const { script, style, requests, paint } = await loadOf(page)
    say(
      `first load of the list of ${count.toLocaleString('en')} keys: script ${kB(script)}, style ${kB(style)} over the wire (brotli), ${requests} requests, first paint after ${paint.toFixed(0)} ms`,
    )
    await watchEvents(page)
    const turns: number[] = []
    for (let round = 0; round < 20; round += 1) {
      turns.push(await turnOf(page, 'Next page'))
      if (round % 5 === 4) turns.push(await turnOf(page, 'Previous page'))
    }
    for (const column of ['Name', 'Created', 'Requests']) turns.push(await turnOf(page, `Sort by ${column}`))
    sayTurns('press to painted rows of another page, asked for with the press', turns)
    sayTurns('the same by a hand that was on the button for 200 ms', await turnByHand(page))
    await use(page)
    const events = await eventsOf(page)
    say(
      `interaction to next paint: p50 ${quantile(events, 0.5)} ms, p95 ${quantile(events, 0.95)} ms of ${events.length} interactions that took 16 ms or more (goal: 100)`,
    )
  } finally {
    await rig.stop()
  }
}

/** The page reads ahead while somebody points at the button. */
async function turnByHand(page: Page): Promise<readonly number[]> {
  const turns: number[] = []
  await page.getByRole('button', { name: 'Next page' }).hover()
  for (let round = 0; round < 20; round += 1) {
    await setTimeout(200)
    turns.push(await turnOf(page, 'Next page'))
  }
  await page.mouse.move(0, 0)
  return turns
}

const sayTurns = (what: string, turns: readonly number[]): void =>
  say(
    `${what}: p50 ${quantile(turns, 0.5)} ms, p95 ${quantile(turns, 0.95)} ms, longest ${quantile(turns, 1)} ms (goal: 100)`,
  )

/** Without the gateway of `serve`, which would take a million keys into its memory before it is ready. */
async function startControlAlone(dataDir: string, bootstrapToken: string) {
  const [port = 0] = await freePorts(1)
  const settings = { OSTIARY_CONTROL_PORT: String(port), OSTIARY_BOOTSTRAP_TOKEN: bootstrapToken }
  const program = startNode(['src/main.ts', 'control', '--data-dir', dataDir], settings, { quiet: true })
  const controlUrl = `http://127.0.0.1:${port}`
  const isReady = () =>
    fetch(`${controlUrl}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  await eventually(isReady, 'control is ready', 120_000)
  const rest: Product['rest'] = (method, where, body) => {
    const headers = {
      authorization: `Bearer ${bootstrapToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    return ask(`${controlUrl}/api/v1${where}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  return { controlUrl, rest, stop: () => program.stop(10_000) }
}

/** Of a fast typist; with less between them, letters wait for letters and not for the page. */
const typing = { delay: 60 }

/** Typing, dialogs, tabs, the palette: what a person does with real keys and a real pointer. */
async function use(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Create key' }).first().click()
  await page.getByLabel('Key Name').pressSequentially('Production API', typing)
  for (const tab of ['Advanced', 'MCP', 'Basic']) await page.getByRole('tab', { name: tab }).click()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  const search = page.getByPlaceholder('Find a screen, key or action')
  await search.pressSequentially('renew', typing)
  await page.keyboard.press('Escape')
  await search.waitFor({ state: 'hidden' })
  for (const row of [0, 1, 2]) await page.locator('tbody tr').nth(row).getByRole('checkbox').click()
}

const quantile = (samples: readonly number[], q: number): string => {
  const sorted = samples.toSorted((one, other) => one - other)
  return (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0).toFixed(0)
}
