import type { BrowserContext, Page } from 'playwright-core'
import { findBrowser, type Launched, launchBrowser } from '../browser.ts'
import { type Json, type Product, type ProductOptions, startProduct } from '../product.ts'

/** The dashboard as people have it: the product in its own processes, real Chromium, somebody who is signed in. */
export type Role = 'owner' | 'admin' | 'member' | 'auditor'
export type Scheme = 'light' | 'dark'
export type Rig = Awaited<ReturnType<typeof startDashboard>>
export type Visit = {
  readonly role?: Role
  readonly scheme?: Scheme
  readonly width?: number
  /** Every text of the catalogue in strange letters and longer. */
  readonly pseudo?: boolean
}

export const password = 'seven brown horses'
/** None on this machine: its tests say so and do nothing. */
export const chromium = await findBrowser()
if (chromium === null && process.platform === 'linux')
  throw new Error('There is no Chromium here, nor the one of a package.')

/** What a browser says of a script that failed or of something that the policy of the page forbade. */
const isComplaint = (text: string): boolean =>
  /Content Security Policy|SyntaxError|TypeError|ReferenceError|Warning:|Minified React/.test(text)

export const startDashboard = async (options: Partial<ProductOptions> = {}) =>
  openDashboard(await startProduct({ store: 'sqlite', ...options }))

/** The same over what runs already: control alone is enough. */
export async function openDashboard<P extends Pick<Product, 'rest' | 'controlUrl' | 'stop'>>(product: P) {
  if (chromium === null) throw new Error('There is no Chromium here.')
  const launched: Launched = await launchBrowser(chromium)
  const people = new Map<Role, Promise<string>>()
  const complaints: string[] = []

  /** 2xx, or it fails here. */
  const done = async (line: string, body?: Json): Promise<Json> => {
    const [method = '', path = ''] = line.split(' ')
    const answer = await product.rest(method, path, body)
    if (answer.status >= 300) throw new Error(`${line} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  const add = async (role: Role): Promise<string> => {
    const email = `${role}@example.com`
    await done('POST /members', { email, name: names[role], role, password })
    return email
  }
  const emailOf = (role: Role): Promise<string> => {
    const known = people.get(role) ?? add(role)
    people.set(role, known)
    return known
  }

  const newContext = async ({ scheme = 'light', width = 1360, pseudo = false }: Visit): Promise<BrowserContext> => {
    const viewport = { width, height: width < 600 ? 844 : 900 }
    const context = await launched.browser.newContext({
      colorScheme: scheme,
      viewport,
      reducedMotion: 'reduce',
      locale: 'en-US',
      timezoneId: 'UTC',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    if (pseudo) await context.addInitScript(`globalThis.ostiaryLocale = 'pseudo'`)
    return context
  }

  /** A browser of its own in which a person of this role is signed in, on the start page. */
  const visit = async (how: Visit = {}): Promise<Page> => {
    const context = await newContext(how)
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (error) => void complaints.push(error.message))
    page.on('console', (message) => {
      if (isComplaint(message.text())) complaints.push(message.text())
    })
    const email = await emailOf(how.role ?? 'owner')
    await page.goto(`${product.controlUrl}/sign-in?returnTo=/dashboard/`)
    await page.getByLabel('E-mail address', { exact: true }).filter({ visible: true }).fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/dashboard'))
    await page.locator('#page-title').waitFor()
    return page
  }
  /** A screen by its path below /dashboard, with its first answers there. */
  const open = async (page: Page, path: string): Promise<void> => {
    await page.goto(`${product.controlUrl}/dashboard${path}`)
    await settled(page)
  }
  const stop = async () => {
    await launched.close()
    await product.stop()
  }
  return { product, done, visit, open, complaints, emailOf, newContext, stop }
}

const names: Readonly<Record<Role, string>> = {
  owner: 'Olive Owner',
  admin: 'Ada Admin',
  member: 'Max Member',
  auditor: 'Audrey Auditor',
}

/** Its heading is there and nothing of it still waits for an answer. */
export async function settled(page: Page): Promise<void> {
  await page.locator('#page-title').waitFor()
  // A predicate that the page polls would be evaluated there, which its policy forbids.
  await page.locator('[aria-busy="true"], .mantine-Loader-root').first().waitFor({ state: 'detached' })
}

export const restOf = (product: Product) => product.rest
