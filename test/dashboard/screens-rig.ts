import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { screens } from '../../dashboard/screens.data.ts'
import type { Rig } from './rig.ts'
import type { Peopled } from './world.ts'

const first = async ({ done }: Rig, list: string): Promise<string> => (await done(`GET ${list}`)).items[0]?.id ?? 'none'

/** Every screen with an address that shows something: parameters are filled with what is there. */
export async function placesOf(rig: Rig, world: Peopled): Promise<{ id: string; path: string }[]> {
  const known: Record<string, () => Promise<string>> = {
    $key: async () => world.keys['Production API']?.key.id,
    $app: () => first(rig, '/apps'),
    $server: async () => (await rig.done('GET /servers/everything')).server.id,
    $provider: () => first(rig, '/providers'),
    $catalog: () => first(rig, '/catalogs'),
    $budget: () => first(rig, '/budgets'),
    $member: () => first(rig, '/members'),
    $webhook: () => first(rig, '/webhooks'),
  }
  return Promise.all(
    screens.map(async ({ id, path }) => {
      const parts = path
        .split('/')
        .map(async (part) => (part.startsWith('$') ? ((await known[part]?.()) ?? 'none') : part))
      return { id, path: (await Promise.all(parts)).join('/') }
    }),
  )
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds, one line each, with what it is about. */
export async function found(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
  return violations.map(({ id, impact, nodes }) => {
    const where = nodes
      .slice(0, 3)
      .map(({ html, failureSummary }) => `${html.slice(0, 140)} (${failureSummary?.split('\n').at(-1)?.trim()})`)
    return `${impact} ${id}: ${where.join(' | ')}`
  })
}

/** How much wider than the window the page is. */
export const overflowOf = async (page: Page): Promise<number> =>
  Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))

/**
 * Texts that a person sees or hears and that come neither from the catalogue (they are written in strange letters in
 * the pseudo-locale, what was put into them between U+2068 and U+2069) nor from the data (`translate="no"`).
 */
export const strayTexts = async (page: Page): Promise<string[]> => {
  const found: unknown = await page.evaluate(`(() => {
    const stray = (text) => /[A-Za-z]{2,}/.test(text.replace(/\\u2068[^\\u2069]*\\u2069/g, ''))
    const isData = (element) => element.closest('[translate="no"], [aria-hidden="true"], script, style, noscript, .recharts-wrapper') !== null
    const out = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const { data, parentElement } = walker.currentNode
      if (parentElement && !isData(parentElement) && stray(data)) out.push(data.trim().slice(0, 80))
    }
    for (const element of document.body.querySelectorAll('[aria-label], [placeholder], [title], [alt]')) {
      if (isData(element)) continue
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) {
        const text = element.getAttribute(name) ?? ''
        if (stray(text)) out.push(name + '=' + text.slice(0, 80))
      }
    }
    return [...new Set(out)]
  })()`)
  return Array.isArray(found) ? found.map(String) : []
}
