import { readFileSync } from 'node:fs'
import { createContext, runInContext } from 'node:vm'

/** The scripts against the few parts of a browser that they touch; the elements are those of the real pages. */
export const textOf = (file: string): string => readFileSync(new URL(`../src/control/${file}`, import.meta.url), 'utf8')
/** As one script: what another file exports stands above. */
export const scriptOf = (...files: string[]): string =>
  files
    .map((file) =>
      textOf(file)
        .replaceAll('export const', 'const')
        .replace(/^import .*$/gm, ''),
    )
    .join('\n')

type Answer = { status: number; body: unknown } | Error
type Request = { method: string; headers: Record<string, string>; body?: string }
export type Sent = { line: string; headers: Record<string, string>; body: unknown }
type Element = {
  hidden: boolean
  disabled: boolean
  value: string
  textContent: string
  href: string
  children: Element[]
  [more: string]: unknown
}

const elementOf = (hidden = false, runs = new Map<string, (event: object) => unknown>()): Element => ({
  hidden,
  disabled: false,
  value: '',
  textContent: '',
  href: '',
  children: [],
  focus: () => {},
  setAttribute: () => {},
  removeAttribute: () => {},
  append(...more: Element[]) {
    this.children.push(...more)
  },
  replaceChildren(...all: Element[]) {
    this.children = all
  },
  addEventListener: (event: string, run: (event: object) => unknown) => void runs.set(event, run),
})

export const openPage = (
  { html, script, at }: { html: string; script: string; at: string },
  respond: (sent: Sent) => Answer | undefined,
) => {
  const page = textOf(html)
  const runs = new Map<string, Map<string, (event: object) => unknown>>()
  const elements = new Map<string, Element>()
  for (const [, id = ''] of page.matchAll(/ id="([\w-]+)"/g)) {
    const own = new Map<string, (event: object) => unknown>()
    runs.set(id, own)
    elements.set(id, elementOf(new RegExp(`id="${id}"[^>]* hidden`).test(page), own))
  }
  const sent: Sent[] = []
  const went: string[] = []
  const address = new URL(at, 'http://127.0.0.1:8421')
  const location = {
    ...{ hash: address.hash, search: address.search, pathname: address.pathname, origin: address.origin },
    assign: (url: string) => void went.push(url),
    replace: (url: string) => void went.push(url),
    reload: () => {},
  }
  const shown: string[] = []
  const listeners = new Map<string, (event: object) => unknown>()
  const world = createContext({
    document: { getElementById: (id: string) => elements.get(id) ?? null, createElement: () => elementOf() },
    location,
    URLSearchParams,
    history: { replaceState: (_: unknown, __: string, url: string) => void shown.push(url) },
    addEventListener: (event: string, run: (event: object) => unknown) => void listeners.set(event, run),
    fetch: async (url: string, { method, headers, body }: Request) => {
      const call = { line: `${method} ${url}`, headers, body: body === undefined ? undefined : JSON.parse(body) }
      sent.push(call)
      const answer = respond(call) ?? { status: 401, body: { status: 401, code: 'not_signed_in', detail: 'Nobody.' } }
      if (answer instanceof Error) throw answer
      return { ok: answer.status < 300, json: async () => answer.body }
    },
  })
  runInContext(script, world)
  const settled = () => new Promise(setImmediate)
  const of = (id: string): Element => elements.get(id) ?? elementOf()
  const fire = async (id: string, event: string) => {
    await settled()
    await runs.get(id)?.get(event)?.({ preventDefault: () => {} })
    await settled()
  }
  const run = (line: string): unknown => runInContext(line, world)
  const isLeavingAsked = (): boolean => {
    let isAsked = false
    const preventDefault = () => {
      isAsked = true
    }
    listeners.get('beforeunload')?.({ preventDefault })
    return isAsked
  }
  return { sent, went, shown, of, fire, run, settled, isLeavingAsked }
}
