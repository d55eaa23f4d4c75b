import { constants } from 'node:fs'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** Where systems keep a Chromium. Playwright's own builds are nothing we install. */
const installed: readonly string[] = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** No page of a test reaches anybody but this machine, whatever fonts it asks for. */
const onlyHere = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'

/** Root may not open Chromium's own sandbox; containers have a small /dev/shm and no GPU. Pages of tests are ours. */
const flags: readonly string[] = [
  onlyHere,
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--no-first-run',
  '--disable-sync',
]
const isRoot = process.getuid?.() === 0

type Found = { readonly executablePath: string; readonly args: readonly string[] }

/** An installed Chromium, else on Linux the one that comes as a package; null: this machine has none. */
export async function findBrowser(): Promise<Found | null> {
  const named = process.env['CHROMIUM_PATH']
  for (const executablePath of [...(named ? [named] : []), ...installed])
    if (await isExecutable(executablePath)) return { executablePath, args: isRoot ? [...flags, '--no-sandbox'] : flags }
  if (process.platform !== 'linux') return null
  const { default: packed } = await import('@sparticuz/chromium')
  // Not with the arguments that come with it: they switch off what pages of other origins must not do.
  return { executablePath: await packed.executablePath(), args: [...flags, '--no-sandbox', '--no-zygote'] }
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

export type Launched = {
  readonly browser: Browser
  /** The browser and everything that it wrote. */
  readonly close: () => Promise<void>
}

/** A browser with a home of its own, without a window. */
export async function launchBrowser({ executablePath, args }: Found): Promise<Launched> {
  const home = await mkdtemp(join(tmpdir(), 'ostiary-browser-'))
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home }
  const browser = await chromium.launch({ executablePath, args: [...args], headless: true, env, timeout: 120_000 })
  const close = async () => {
    await browser.close()
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
  return { browser, close }
}
