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
  focus: () => void
  addEventListener: (event: string, run: () => unknown) => void
}
const openPage = (hash: string, respond: (body: string) => { status: number; body: unknown } | Error) => {
  const clicks = new Map<string, () => unknown>()
  const elements = new Map<string, Element>()
  for (const [, id = ''] of html.matchAll(/ id="([\w-]+)"/g))
    elements.set(id, {
      hidden: html.includes(`id="${id}" hidden`) || new RegExp(`id="${id}"[^>]* hidden`).test(html),
      disabled: false,
      textContent: '',
      focus: () => {},
      addEventListener: (_, run) => clicks.set(id, run),
    })
  const sent: string[] = []
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
    fetch: async (url: string, { body }: { body: string }) => {
      sent.push(`${url} ${body}`)
      const answer = respond(body)
      if (answer instanceof Error) throw answer
      return { ok: answer.status < 300, json: async () => answer.body }
    },
  })
  const visible = () =>
    ['ready', 'shown', 'used', 'missing'].filter((section) => elements.get(section)?.hidden === false).join()
  const click = async (id: string) => {
    await clicks.get(id)?.()
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
    address,
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
