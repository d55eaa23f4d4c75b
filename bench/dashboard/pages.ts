import type { Page } from 'playwright-core'

/** What a person waits for, measured in the page: from the press to the frame in which the rows are painted. */
const painted = `(press, isThere) => new Promise((resolve, reject) => {
  const begun = performance.now()
  const late = setTimeout(() => reject(new Error('nothing was painted in 20 s')), 20_000)
  const look = () => {
    if (!isThere()) return requestAnimationFrame(look)
    clearTimeout(late)
    // The frame after the one in which the rows stand in the document: they have been painted.
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)))
  }
  press()
  requestAnimationFrame(look)
})`
const firstRow = `document.querySelector('tbody tr')?.dataset.id`
const press = (label: string): string => `() => document.querySelector('button[aria-label="${label}"]').click()`

/** Milliseconds from a press on a button to painted rows that begin with another key. */
export const turnOf = async (page: Page, label: string): Promise<number> => {
  const changed = `(() => { const before = ${firstRow}; return () => ${firstRow} !== before && !document.querySelector('table[data-stale]') })()`
  return Number(await page.evaluate(`(${painted})(${press(label)}, ${changed})`))
}

/**
 * Durations of presses and keys as the browser saw them, from the event to the next paint (Event Timing API). An
 * interaction is several events (down, up, click); the longest counts, as for Interaction to Next Paint.
 */
export const watchEvents = (page: Page): Promise<unknown> =>
  page.evaluate(`(() => {
    window.seen = {}
    new PerformanceObserver((list) => { for (const { interactionId, duration } of list.getEntries()) if (interactionId) window.seen[interactionId] = Math.max(duration, window.seen[interactionId] ?? 0) })
      .observe({ type: 'event', durationThreshold: 16, buffered: false })
  })()`)
export const eventsOf = async (page: Page): Promise<number[]> => {
  const seen: unknown = await page.evaluate('Object.values(window.seen)')
  return Array.isArray(seen) ? seen.map(Number) : []
}

type Load = { readonly script: number; readonly style: number; readonly paint: number; readonly requests: number }
/** Bytes as they came over the wire, and when the heading of the screen was painted. */
export const loadOf = async (page: Page): Promise<Load> => {
  const read: unknown = await page.evaluate(`(() => {
    const files = performance.getEntriesByType('resource')
    const bytes = (end) => files.filter(({ name }) => new URL(name).pathname.endsWith(end)).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
    return JSON.stringify({ script: bytes('.js'), style: bytes('.css'), requests: files.length, paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 })
  })()`)
  return JSON.parse(String(read))
}
