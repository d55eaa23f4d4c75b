import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

/** The page's script against the few parts of a browser that it touches; the elements are those of the real page. */
const html = readFileSync(new URL('./page.html', import.meta.url), 'utf8')
const script = readFileSync(new URL('./page.js', import.meta.url), 'utf8')

type Sent = { url: string; headers: Record<string, string>; body: string }
type Answer = { status: number; body: unknown } | Error
type Element = {
  hidden: boolean
  disabled: boolean
  value: string
  textContent: string
  focus: () => void
  addEventListener: (event: string, run: (event: object) => unknown) => void
}
/** `whoAmI`: what the session says, if there is one. */
const openPage = (hash: string, respond: (sent: Sent) => Answer, whoAmI: Answer = new Error('nobody')) => {
  const runs = new Map<string, (event: object) => unknown>()
  const elements = new Map<string, Element>()
  for (const [, id = ''] of html.matchAll(/ id="([\w-]+)"/g))
    elements.set(id, {
      hidden: new RegExp(`id="${id}"[^>]* hidden`).test(html),
      disabled: false,
      value: '',
      textContent: '',
      focus: () => {},
      addEventListener: (_, run) => runs.set(id, run),
    })
  const sent: Sent[] = []
  const address = { hash, origin: 'http://127.0.0.1:8421', reload: () => {} }
  const clipboard: string[] = []
  const listeners = new Map<string, (event: object) => unknown>()
  runInNewContext(script, {
    document: { getElementById: (id: string) => elements.get(id) ?? null },
    location: address,
    history: { replaceState: (_: unknown, __: string, url: string) => (address.hash = url.slice(url.indexOf('#'))) },
    navigator: { clipboard: { writeText: async (text: string) => clipboard.push(text) } },
    addEventListener: (event: string, run: () => unknown) => listeners.set(event, run),
    getSelection: () => ({ selectAllChildren: () => {}, toString: () => '' }),
    fetch: async (url: string, { headers, body }: Omit<Sent, 'url'>) => {
      const isClaim = url === '/api/v1/claims'
      if (isClaim) sent.push({ url, headers, body })
      const answer = isClaim ? respond({ url, headers, body }) : whoAmI
      if (answer instanceof Error) throw answer
      return { ok: answer.status < 300, json: async () => answer.body }
    },
  })
  const preventDefault = () => {}
  const of = (id: string) => elements.get(id)
  const visible = () =>
    ['ready', 'shown', 'used', 'over', 'missing'].filter((section) => of(section)?.hidden === false).join()
  return {
    visible,
    sent,
    address,
    clipboard,
    text: (id: string) => of(id)?.textContent ?? '',
    value: (id: string) => of(id)?.value ?? '',
    isHidden: (id: string) => of(id)?.hidden,
    press: async (id: string) => void (await runs.get(id)?.({ preventDefault })),
    prove: async (token: string) => {
      const field = of('proof')
      if (field) field.value = token
      await runs.get('form')?.({ preventDefault })
      return visible()
    },
    isLeavingAsked: () => {
      let isAsked = false
      listeners.get('beforeunload')?.({ preventDefault: () => (isAsked = true) })
      return isAsked
    },
  }
}

const key = { id: 'key_1', name: 'Grace’s laptop' }
const refusal = (status: number, code: string) => () => ({ status, body: { status, code, detail: `It is ${code}.` } })

test('D61 the owner proves who he is, sees the secret once, and nothing of it stays in the page’s address or form', async () => {
  const page = openPage('#code-1', () => ({ status: 200, body: { key, secret: 'ostk_shown' } }))
  expect(page.visible()).toBe('ready')
  expect(page.sent).toEqual([])
  expect(await page.prove(' osta_mine ')).toBe('shown')
  expect(page.sent).toEqual([
    {
      url: '/api/v1/claims',
      headers: { 'content-type': 'application/json', authorization: 'Bearer osta_mine' },
      body: '{"code":"code-1"}',
    },
  ])
  expect([page.text('token'), page.text('name'), page.isHidden('place')]).toEqual(['ostk_shown', key.name, true])
  expect([page.address.hash, page.value('proof')]).toEqual(['#used', ''])
  expect(page.isLeavingAsked()).toBe(true)
  await page.press('copy')
  expect(page.clipboard).toEqual(['ostk_shown'])
  expect(page.isLeavingAsked()).toBe(false)
  expect(openPage(page.address.hash, () => new Error()).visible()).toBe('used')
})

test('whoever is signed in needs no token, whichever of his organizations the key belongs to', async () => {
  const [organization, other] = ['org_1', 'org_2'].map((id) => ({ id }))
  const session = {
    csrfToken: 'csrf-1',
    member: { name: 'Grace' },
    organization,
    others: [other],
    secondFactor: 'passed',
  }
  const of = ({ headers }: Sent) =>
    headers['ostiary-organization'] === 'org_2'
      ? { status: 200, body: { key, secret: 'ostk_shown' } }
      : refusal(404, 'not_found')()
  const page = openPage('#code-1', of, { status: 200, body: session })
  await new Promise(setImmediate)
  expect([page.isHidden('signed-in'), page.text('signed-in-name')]).toEqual([false, 'Grace'])
  await page.press('show-signed-in')
  expect([page.visible(), page.text('token'), page.address.hash]).toEqual(['shown', 'ostk_shown', '#used'])
  expect(page.sent.map(({ headers }) => headers)).toEqual(
    ['org_1', 'org_2'].map((place) => ({
      'content-type': 'application/json',
      'ostiary-csrf': 'csrf-1',
      'ostiary-organization': place,
    })),
  )
  const half = openPage('#code-1', of, { status: 200, body: { ...session, secondFactor: 'needed' } })
  await new Promise(setImmediate)
  expect(half.isHidden('signed-in')).toBe(true)
})

test('of a URL key the address is shown, too', async () => {
  const url = 'https://gateway.example/mcp/ostu_shown'
  const page = openPage('#code-1', () => ({ status: 200, body: { key, secret: 'ostu_shown', url } }))
  await page.prove('osta_mine')
  expect([page.isHidden('place'), page.text('address')]).toEqual([false, url])
  await page.press('copy-address')
  expect([page.clipboard, page.isLeavingAsked()]).toEqual([[url], false])
})

test('a used link says what it may mean; one that opens nothing keeps its code for the right person', async () => {
  const used = openPage('#code', refusal(409, 'claim_used'))
  expect(await used.prove('osta_mine')).toBe('used')
  expect(used.address.hash).toBe('#used')
  const over = openPage('#code', refusal(404, 'not_found'))
  expect(await over.prove('osta_other')).toBe('over')
  expect(over.address.hash).toBe('#code')
  expect(openPage('', () => new Error()).visible()).toBe('missing')
})

test('a wrong token and an accident leave the form', async () => {
  const wrong = openPage('#code', refusal(401, 'not_signed_in'))
  expect(await wrong.prove('nonsense')).toBe('ready')
  expect(wrong.text('status')).toBe('It is not_signed_in.')
  const busy = openPage('#code', refusal(503, 'busy'))
  expect(await busy.prove('osta_mine')).toBe('ready')
  expect(busy.text('status')).toContain('Try again')
  const down = openPage('#code', () => new Error('offline'))
  expect(await down.prove('osta_mine')).toBe('ready')
  expect(down.text('status')).toContain('did not answer')
})

test('no secret stands in a live region, so that no screen reader says it aloud unasked', () => {
  for (const id of ['token', 'address']) expect(new RegExp(`<div id="${id}"[^>]*role="group"`).test(html)).toBe(true)
  expect(html).not.toMatch(/<output/)
})
