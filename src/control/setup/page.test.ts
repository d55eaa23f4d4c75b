import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

/** The page's script against the few parts of a browser that it touches; the elements are those of the real page. */
const html = readFileSync(new URL('./page.html', import.meta.url), 'utf8')
const script = readFileSync(new URL('./page.js', import.meta.url), 'utf8')

type Element = {
  hidden: boolean
  disabled: boolean
  textContent: string
  value: string
  focus: () => void
  addEventListener: (event: string, run: (event: Pick<Event, 'preventDefault'>) => unknown) => void
}
const openPage = (hash: string, respond: (body: string) => { status: number; body: unknown } | Error) => {
  const clicks = new Map<string, (event: Pick<Event, 'preventDefault'>) => unknown>()
  const focused: string[] = []
  const elements = new Map<string, Element>()
  for (const [, id = ''] of html.matchAll(/ id="([\w-]+)"/g))
    elements.set(id, {
      hidden: html.includes(`id="${id}" hidden`) || new RegExp(`id="${id}"[^>]* hidden`).test(html),
      disabled: false,
      textContent: '',
      value: '',
      focus: () => void focused.push(id),
      addEventListener: (_, run) => clicks.set(id, run),
    })
  const [sent, kept]: [string[], string[]] = [[], []]
  const address = { hash, origin: 'http://127.0.0.1:8421', reload: () => {} }
  const clipboard: string[] = []
  const listeners = new Map<string, (event: { preventDefault: () => void }) => unknown>()
  let isClipboardThere = true
  let selected = ''
  runInNewContext(script, {
    document: { getElementById: (id: string) => elements.get(id) ?? null },
    location: address,
    history: { replaceState: (_: unknown, __: string, url: string) => (address.hash = url.slice(url.indexOf('#'))) },
    navigator: {
      clipboard: {
        writeText: async (text: string) => {
          if (!isClipboardThere) throw new Error('not a secure context')
          clipboard.push(text)
        },
      },
    },
    addEventListener: (event: string, run: () => unknown) => listeners.set(event, run),
    getSelection: () => ({
      selectAllChildren: ({ textContent }: Element) => {
        selected = textContent
      },
      toString: () => selected,
    }),
    fetch: async (url: string, { body, credentials }: { body: string; credentials: string }) => {
      sent.push(`${url} ${body}`)
      kept.push(credentials)
      const answer = respond(body)
      if (answer instanceof Error) throw answer
      return { ok: answer.status < 300, json: async () => answer.body }
    },
  })
  const visible = () =>
    ['ready', 'shown', 'used', 'missing'].filter((section) => elements.get(section)?.hidden === false).join()
  const click = async (id: string) => {
    await clicks.get(id)?.({ preventDefault: () => {} })
    return visible()
  }
  const isLeavingAsked = () => {
    let isAsked = false
    const preventDefault = () => {
      isAsked = true
    }
    listeners.get('beforeunload')?.({ preventDefault })
    return isAsked
  }
  const press = (event: string) => listeners.get(event)?.({ preventDefault: () => {} })
  const withoutClipboard = () => {
    isClipboardThere = false
  }
  const more = { isLeavingAsked, press, withoutClipboard }
  return {
    ...more,
    visible,
    click,
    sent,
    kept,
    focused,
    address,
    type: (typed: Readonly<Record<string, string>>) => {
      for (const [id, value] of Object.entries(typed)) Object.assign(elements.get(id) ?? {}, { value })
    },
    value: (id: string) => elements.get(id)?.value,
    isHidden: (id: string) => elements.get(id)?.hidden,
    clipboard,
    text: (id: string) => elements.get(id)?.textContent ?? '',
  }
}

test('the page shows the token once, copies it, and takes the code out of its address', async () => {
  const page = openPage('#code-1', () => ({ status: 201, body: { secret: 'osta_shown', managementToken: {} } }))
  expect(page.visible()).toBe('ready')
  expect(page.sent).toEqual([])
  expect(await page.click('show')).toBe('shown')
  expect(page.sent).toEqual(['/api/v1/setup {"code":"code-1"}'])
  expect(page.text('token')).toBe('osta_shown')
  expect(page.text('commands')).toContain('export OSTIARY_URL=http://127.0.0.1:8421')
  expect(page.text('commands')).not.toContain('osta_')
  expect(page.isLeavingAsked()).toBe(true)
  await page.click('copy')
  expect(page.clipboard).toEqual(['osta_shown'])
  expect(page.text('copy-said')).toBe('Copied.')
  expect(page.isLeavingAsked()).toBe(false)
  expect(openPage(page.address.hash, () => new Error()).visible()).toBe('used')
})

test('without a clipboard the token is selected, and counts as kept once it was copied by hand', async () => {
  const page = openPage('#code-1', () => ({ status: 201, body: { secret: 'osta_shown', managementToken: {} } }))
  page.withoutClipboard()
  await page.click('show')
  await page.click('copy')
  expect(page.text('copy-said')).toContain('Ctrl+C')
  expect(page.isLeavingAsked()).toBe(true)
  page.press('copy')
  expect(page.isLeavingAsked()).toBe(false)
})

test('the commands may be pasted at once: the shell reads all of them before it asks for the token', async () => {
  const page = openPage('#code-1', () => ({ status: 201, body: { secret: 'osta_shown', managementToken: {} } }))
  await page.click('show')
  const lines = page.text('commands').split('\n')
  expect(lines).toHaveLength(4)
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/ &&$/)
})

test('the token stands in no live region, so that no screen reader says it aloud unasked', () => {
  expect(/<(\w+) id="token"[^>]*>/.exec(html)?.[0]).toMatch(/^<div [^>]*role="group"/)
  expect(html).not.toMatch(/<output/)
})

test('a used or unknown code says so, an accident leaves the button', async () => {
  const refused = { status: 404, body: { status: 404, detail: 'There is no such setup link any more.' } }
  const used = openPage('#old', () => refused)
  expect(await used.click('show')).toBe('used')
  expect(used.text('status')).toContain('no such setup link')
  const down = openPage('#code', () => new Error('offline'))
  expect(await down.click('show')).toBe('ready')
  expect(down.text('status')).toContain('did not answer')
  const busy = openPage('#code', () => ({ status: 503, body: { status: 503, detail: 'Too busy.' } }))
  expect(await busy.click('show')).toBe('ready')
  expect(openPage('', () => new Error()).visible()).toBe('missing')
})

const signedIn = {
  secret: 'osta_shown',
  managementToken: {},
  session: { id: 'ses_1' },
  member: { email: 'ada@example.com' },
  csrfToken: 'token-of-the-page',
}

test('with address and password the first owner is signed in, and the page keeps the cookie and no password', async () => {
  const page = openPage('#code-1', () => ({ status: 201, body: signedIn }))
  page.type({ email: 'ada@example.com', name: ' ', password: 'a quite long sentence' })
  expect(await page.click('person')).toBe('shown')
  expect(page.sent).toEqual([
    '/api/v1/setup {"code":"code-1","email":"ada@example.com","password":"a quite long sentence"}',
  ])
  expect(page.kept).toEqual(['same-origin'])
  expect(page.text('signed-in')).toBe('You are signed in as ada@example.com.')
  expect([page.text('token'), page.value('password')]).toEqual(['osta_shown', ''])
  // The way on is the dashboard, which makes other tokens: nothing is lost with this one.
  expect([page.isHidden('inside'), page.focused, page.isLeavingAsked()]).toEqual([false, ['inside-title'], false])
  expect(html).toContain('href="/dashboard/">Go to the dashboard')
})

test('whoever wants a token alone is not signed in', async () => {
  const page = openPage('#code-1', () => ({ status: 201, body: { secret: 'osta_shown', managementToken: {} } }))
  page.type({ email: 'ada@example.com', password: 'a quite long sentence' })
  expect(await page.click('show')).toBe('shown')
  expect([page.sent, page.kept]).toEqual([['/api/v1/setup {"code":"code-1"}'], ['omit']])
  expect(page.isHidden('inside')).toBe(true)
})

test('what is wrong with a password is said at its field, and the link is as good as before', async () => {
  const detail = 'is one of those that are tried first'
  const problem = { status: 422, detail: 'password no', errors: [{ pointer: '/password', detail }] }
  const page = openPage('#code-1', () => ({ status: 422, body: problem }))
  page.type({ email: 'ada@example.com', name: 'Ada', password: 'password1234' })
  expect(await page.click('person')).toBe('ready')
  expect(page.text('status')).toBe(`Password ${detail}.`)
  expect(page.focused).toEqual(['password'])
  expect([page.address.hash, page.value('password')]).toEqual(['#code-1', 'password1234'])
})

test('managers of passwords know what the fields are', () => {
  expect(html).toMatch(/id="email"[^>]*autocomplete="username"/)
  expect(html).toMatch(/id="password"[^>]*autocomplete="new-password"/)
  for (const field of ['email', 'name', 'password']) expect(html).toContain(`<label for="${field}">`)
})
