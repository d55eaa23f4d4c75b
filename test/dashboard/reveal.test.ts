import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium, type Rig, startDashboard } from './rig.ts'

/** The one moment in which a secret is on a screen: what it says, how it goes, and that it is nowhere else. */

let rig: Rig
let page: Page
let secret = ''
beforeAll(async () => {
  if (chromium === null) return
  rig = await startDashboard()
  page = await rig.visit({ role: 'owner' })
})
afterAll(async () => {
  await rig?.stop()
})

const dialog = () => page.getByRole('dialog')
const press = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
const clipboard = async (): Promise<string> => String(await page.evaluate('navigator.clipboard.readText()'))
const shown = async (): Promise<string> => (await dialog().locator('pre.secret').first().innerText()).trim()

/** Calls of one kind to keys get no answer before it is let go; `asked`: one is on its way. */
const hold = async (method: 'GET' | 'POST') => {
  const [go, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const address = /\/api\/v1\/keys(\?|$)/
  await page.route(address, async (route) => {
    if (route.request().method() !== method) return route.continue()
    asked.resolve()
    await go.promise
    await route.continue()
  })
  return { asked: asked.promise, release: go.resolve }
}

/** Everything that a page can keep, as one text: storages, databases, caches, history, address, resources, DOM. */
const kept = async (): Promise<Record<string, string>> => {
  const found = await page.evaluate(`(async () => {
    const databases = []
    for (const { name } of await indexedDB.databases()) {
      const opened = await new Promise((done, fail) => {
        const asked = indexedDB.open(name)
        asked.onsuccess = () => done(asked.result)
        asked.onerror = () => fail(asked.error)
      })
      for (const store of opened.objectStoreNames) {
        const rows = opened.transaction(store).objectStore(store).getAll()
        databases.push(JSON.stringify(await new Promise((done) => { rows.onsuccess = () => done(rows.result) })))
      }
    }
    const cached = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) cached.push(request.url + (await (await cache.match(request)).text()))
    }
    const seen = new Set()
    const text = (value) => JSON.stringify(value, (_, part) => {
      if (typeof part !== 'object' || part === null) return typeof part === 'bigint' ? String(part) : part
      if (seen.has(part)) return undefined
      seen.add(part)
      return part instanceof Map || part instanceof Set ? [...part] : part
    })
    const attributes = [...document.querySelectorAll('*')].flatMap((element) => [...element.attributes].map(({ value }) => value))
    const inputs = [...document.querySelectorAll('input, textarea')].map(({ value }) => value)
    return {
      localStorage: text({ ...localStorage }),
      sessionStorage: text({ ...sessionStorage }),
      databases: databases.join(),
      caches: cached.join(),
      history: text(history.state),
      address: location.href,
      cookies: document.cookie,
      resources: text(performance.getEntries()),
      title: document.title + window.name,
      queries: text(globalThis.queriesOfThePage()),
      text: document.documentElement.textContent,
      markup: document.documentElement.outerHTML + attributes.join() + inputs.join(),
    }
  })()`)
  return found as Record<string, string>
}
const placesWith = (places: Record<string, string>, text: string): string[] =>
  Object.keys(places).filter((name) => places[name]?.includes(text))

/** The query cache and the router hang on the tree of React: all that their contexts hold is read from there. */
const reachQueries = `globalThis.queriesOfThePage = () => {
  const place = document.getElementById('dashboard')
  const root = Object.entries(place).find(([name]) => name.startsWith('__reactContainer$'))[1]
  const found = []
  const walk = (fiber) => {
    for (let one = fiber; one; one = one.sibling) {
      const props = one.memoizedProps
      if (props && props.client && props.client.getQueryCache) {
        found.push(props.client.getQueryCache().getAll().map(({ queryKey, state }) => ({ queryKey, data: state.data })))
        found.push(props.client.getMutationCache().getAll().map(({ state }) => state))
      }
      if (props && props.router) found.push(props.router.state.location, props.router.state.matches.map(({ loaderData, search, params }) => ({ loaderData, search, params })))
      walk(one.child)
    }
  }
  walk(root.stateNode ? root.stateNode.current : root)
  if (found.length < 3) throw new Error('the caches were not found')
  return found
}`

const fillForm = async (name: string): Promise<void> => {
  await rig.open(page, '/configuration/api-keys')
  await page.getByRole('button', { name: 'Create key', exact: true }).first().click()
  await dialog().getByLabel('Key Name').fill(name)
}
const create = async (name: string): Promise<void> => {
  await fillForm(name)
  await dialog().getByRole('button', { name: 'Create key', exact: true }).click()
  await dialog().getByText('API Key created! Copy it now').waitFor()
}

describe.runIf(chromium)('the reveal', () => {
  test('D42 D43 D44 D46 B18 a new key is shown once in a box that says so, and is announced', async () => {
    await create('Nightly build')
    secret = await shown()
    expect(secret).toMatch(/^ostk_/)
    const alert = dialog().getByRole('alert')
    expect(await alert.innerText()).toContain('API Key created! Copy it now')
    expect(await alert.innerText()).toContain('This key will not be shown again. Make sure to save it securely.')
    expect(await alert.innerText(), 'no screen reader says it out loud').not.toContain(secret)
    expect(await dialog().innerText()).toContain('Lost it? Rotate the key to get a new one.')
    await dialog().locator('pre.secret').click()
    expect(String(await page.evaluate('getSelection().toString()')).trim(), 'one click selects all of it').toBe(secret)
  }, 60_000)

  test('A35 while it is shown the secret is in the text of the page and nowhere else', async () => {
    await page.evaluate(reachQueries)
    const places = await kept()
    expect(places['queries']).toContain('Nightly build')
    expect(placesWith(places, secret)).toEqual(['text', 'markup'])
    // Not in an attribute or a field: only as the one text node.
    expect((places['markup'] ?? '').split(secret)).toHaveLength(2)
  }, 60_000)

  test('D47 Esc does not close it, and leaving without a copy asks once', async () => {
    await page.keyboard.press('Escape')
    expect(await shown()).toBe(secret)
    await press('Done')
    await dialog().getByText('Leave without copying it?').waitFor()
    await press('Go back and copy it')
    expect(await shown()).toBe(secret)
    await page.evaluate('history.back()')
    await dialog().getByText('Leave without copying it?').waitFor()
    await press('Go back and copy it')
    expect(await shown()).toBe(secret)
  }, 60_000)

  test('D47 closing the page asks as well, in the words of the browser', async () => {
    const asked: string[] = []
    page.once('dialog', (one) => {
      asked.push(one.type())
      void one.dismiss()
    })
    await page.evaluate('location.reload()').catch(() => undefined)
    await expect.poll(() => asked).toEqual(['beforeunload'])
    expect(await shown()).toBe(secret)
  }, 60_000)

  test('C07 D45 the button copies it by mouse and keyboard, and says so for two seconds', async () => {
    const copy = dialog().getByRole('button', { name: 'Copy', exact: true })
    await copy.focus()
    await page.keyboard.press('Enter')
    await dialog().getByRole('button', { name: 'Copied!', exact: true }).waitFor()
    expect(await clipboard()).toBe(secret)
    await copy.waitFor({ timeout: 4000 })
  }, 60_000)

  test('C06 D42 D48 after Done it is nowhere, and neither back nor reload nor the page of the key shows it', async () => {
    await press('Done')
    await dialog().waitFor({ state: 'detached' })
    expect(placesWith(await kept(), secret)).toEqual([])
    await page.goBack().catch(() => null)
    await page.waitForLoadState()
    expect(await page.content()).not.toContain(secret)
    const { items } = await rig.done('GET /keys?search=Nightly')
    await rig.open(page, `/configuration/api-keys/${items[0].id}`)
    await page.evaluate(reachQueries)
    expect(placesWith(await kept(), secret)).toEqual([])
    await page.reload()
    await page.locator('#page-title').waitFor()
    expect(await page.content()).not.toContain(secret)
  }, 60_000)

  test('D53 a rotated key is shown with the same care', async () => {
    await page.getByRole('button', { name: 'Rotate Key', exact: true }).click()
    await dialog().getByText('It stops immediately').waitFor()
    await press('Rotate Key')
    await dialog().getByText('New secret created! Copy it now').waitFor()
    const fresh = await shown()
    expect(fresh).not.toBe(secret)
    await page.evaluate(reachQueries)
    expect(placesWith(await kept(), fresh)).toEqual(['text', 'markup'])
    await press('Copy')
    await press('Done')
    await dialog().waitFor({ state: 'detached' })
    expect(placesWith(await kept(), fresh)).toEqual([])
  }, 60_000)

  test('D54 a token is shown once, too, and leaves when nobody copied it and somebody said so', async () => {
    const { key } = await rig
      .done('POST /teams', { slug: 'builders', name: 'Builders' })
      .then((made) => rig.done('POST /keys', { name: 'Runner', owner: { type: 'team', id: made.team?.id ?? made.id } }))
    await rig.open(page, `/configuration/api-keys/${key.id}`)
    await page.getByRole('button', { name: 'Ephemeral Token', exact: true }).click()
    await dialog().getByLabel('Expires In (seconds)').fill('600')
    await press('Ephemeral Token')
    await dialog().getByText('Ephemeral Token created! Copy it now').waitFor()
    const token = await shown()
    await page.evaluate(reachQueries)
    expect(placesWith(await kept(), token)).toEqual(['text', 'markup'])
    await press('Done')
    await press('Leave without it')
    await dialog().waitFor({ state: 'detached' })
    expect(placesWith(await kept(), token)).toEqual([])
    const { items } = await rig.done(`GET /keys/${key.id}/children`)
    expect(Date.parse(items[0].expiresAt) - Date.parse(items[0].issuedAt)).toBe(600_000)
  }, 60_000)

  test('of a key for another member there is a link, and no secret anywhere', async () => {
    await rig.emailOf('member')
    const { items } = await rig.done('GET /members?search=member@example.com')
    const { key } = await rig.done('POST /keys', { name: 'Laptop', owner: { type: 'member', id: items[0].id } })
    await rig.open(page, `/configuration/api-keys/${key.id}`)
    await page.getByText('Its owner has not revealed the secret yet').waitFor()
    await page.getByRole('button', { name: 'New link', exact: true }).click()
    await press('New link')
    await dialog().getByText('Its owner gets the secret with this link').waitFor()
    expect(await shown()).toMatch(/\/claim#/)
    expect(await page.content()).not.toMatch(/ostk_\w+_/)
    await press('Done')
    await press('Leave without it')
    await dialog().waitFor({ state: 'detached' })
  }, 60_000)

  test('the address of a URL key is its secret, and is shown as one', async () => {
    const { key } = await rig.done('POST /teams', { slug: 'design', name: 'Design' }).then((made) =>
      rig.done('POST /keys', {
        name: 'Design tool',
        kind: 'url',
        expiresIn: '30d',
        owner: { type: 'team', id: made.team?.id ?? made.id },
        mcp: { enabled: true, servers: { mode: 'only', items: [] } },
      }),
    )
    await rig.open(page, `/configuration/api-keys/${key.id}`)
    await page.getByRole('button', { name: 'Rotate Key', exact: true }).click()
    await press('Rotate Key')
    await dialog().getByText('The whole address is the secret: whoever has it has the key.').waitFor()
    expect(await shown()).toMatch(/^http:\/\/[^/]+\/mcp\/ostu_/)
    await dialog().getByRole('button', { name: 'Copy', exact: true }).first().click()
    await press('Done')
  }, 60_000)

  test('D42 a secret is shown as soon as it is there, also where a list that it changes never answers', async () => {
    await fillForm('Behind a slow list')
    const list = await hold('GET')
    await press('Create key')
    await list.asked
    await dialog().getByText('API Key created! Copy it now').waitFor()
    expect(await shown()).toMatch(/^ostk_/)
    await press('Copy')
    await press('Done')
    await dialog().waitFor({ state: 'detached' })
    list.release()
  }, 60_000)

  test('D47 while the answer with a secret is on its way no way back leads off, and the browser asks before it closes', async () => {
    await rig.open(page, '/')
    await page.getByRole('link', { name: 'API keys', exact: true }).click()
    await page.getByRole('button', { name: 'Create key', exact: true }).first().click()
    await dialog().getByLabel('Key Name').fill('Behind a way back')
    const made = await hold('POST')
    await press('Create key')
    await made.asked
    // There, and back here: the second is the page's own answer to the first.
    await page.evaluate(`new Promise((done) => {
      let n = 0
      addEventListener('popstate', () => { n += 1; if (n === 2) done() })
      setTimeout(done, 5000)
      history.back()
    })`)
    expect(new URL(page.url()).pathname).toBe('/dashboard/configuration/api-keys')
    const isAsked = () => page.evaluate(`!dispatchEvent(new Event('beforeunload', { cancelable: true }))`)
    expect(await isAsked()).toBe(true)
    made.release()
    await dialog().getByText('API Key created! Copy it now').waitFor()
    expect(await shown()).toMatch(/^ostk_/)
    await press('Copy')
    await press('Done')
    await dialog().waitFor({ state: 'detached' })
    expect(await isAsked()).toBe(false)
    // What was open had an entry of its own.
    await page.evaluate('history.go(-2)')
    await expect.poll(() => new URL(page.url()).pathname).toBe('/dashboard/')
  }, 60_000)

  test('D47 while the answer with a secret is on its way nothing closes the dialog that waits for it', async () => {
    await fillForm('Behind a slow answer')
    const made = await hold('POST')
    await press('Create key')
    await made.asked
    await page.keyboard.press('Escape')
    for (const name of ['Close', 'Cancel'])
      expect(await dialog().getByRole('button', { name, exact: true }).isDisabled(), name).toBe(true)
    await page.mouse.click(5, 400)
    expect(await dialog().isVisible()).toBe(true)
    made.release()
    await dialog().getByText('API Key created! Copy it now').waitFor()
  }, 60_000)

  test('D47 a part of a secret that was copied by hand does not count as copied, and all of it does', async () => {
    const select = (part: string) =>
      page.evaluate(`{
        const text = document.querySelector('[role=dialog] pre.secret').firstChild
        getSelection().setBaseAndExtent(text, 0, text, ${part})
      }`)
    await select('12')
    await page.keyboard.press('Control+c')
    expect(await clipboard()).toBe((await shown()).slice(0, 12))
    await press('Done')
    await dialog().getByText('Leave without copying it?').waitFor()
    await press('Go back and copy it')
    await select('text.length')
    await page.keyboard.press('Control+c')
    expect((await clipboard()).trim()).toBe(await shown())
    await press('Done')
    await dialog().waitFor({ state: 'detached' })
  }, 60_000)

  test('the browser had nothing to complain of', () => {
    expect(rig.complaints).toEqual([])
  })
})
