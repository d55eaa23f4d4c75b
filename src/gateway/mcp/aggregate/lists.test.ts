import { expect, test } from 'vitest'
import type { UpstreamClient } from './client.ts'
import { readList } from './lists.ts'

const mebibyte = 1024 * 1024

/** Of a server whose list never ends. */
function endless(description: string): {
  readonly client: Pick<UpstreamClient, 'capabilities' | 'ask'>
  readonly pages: () => number
} {
  let pages = 0
  const ask = async () => {
    pages += 1
    const inputSchema = { type: 'object' }
    return { tools: [{ name: `tool${pages}`, description, inputSchema }], nextCursor: `${pages}` }
  }
  return { client: { capabilities: { tools: {} }, ask }, pages: () => pages }
}

test.each([
  ['many pages', 'short', 64],
  ['much text', 'x'.repeat(mebibyte), 17],
])('a list without an end, of %s, does not fill our memory', async (_what, description, most) => {
  const { client, pages } = endless(description)
  const { entries } = await readList(client, 'tools/list', new AbortController().signal)
  expect(pages()).toBe(most)
  expect(entries.length).toBeLessThanOrEqual(most)
})
