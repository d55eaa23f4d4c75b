import { expect, test } from 'vitest'
import { reportLimits } from '../../fleet/schema.ts'
import { formsOf } from './scan.ts'
import { beginningOf, listTools } from './tool-list.ts'

const secret = 'a-secret-0123456789'
const forms = formsOf(secret)

test('no more tools are kept than a report holds, and then no page is asked for', async () => {
  let pages = 0
  const page = Array.from({ length: 600 }, (_, n) => ({ name: `t${n}`, description: 'd', inputSchema: {} }))
  const tools = await listTools(() => {
    pages += 1
    return Promise.resolve({ tools: page, nextCursor: `page ${pages}` })
  }, [])
  expect([tools.length, pages]).toEqual([reportLimits.tools, 2])
  expect(tools[0]).toEqual({ name: 't0', description: 'd' })
})

test('a list without an end, or with what is no tool in it, ends', async () => {
  let pages = 0
  const tools = await listTools(() => {
    pages += 1
    return Promise.resolve({ tools: [null, 1, { name: 2 }, { name: 'x' }], nextCursor: `page ${pages}` })
  }, [])
  expect([tools.length, pages]).toEqual([50, 50])
})

test('G6 names and descriptions are cut, and hold no secret, nor the beginning of one at the cut', async () => {
  const long = `${'x'.repeat(reportLimits.textLength - 5)}${secret}`
  const one = { name: `a ${secret}`, description: long }
  const [tool] = await listTools(() => Promise.resolve({ tools: [one] }), forms)
  expect(tool?.name).toBe('a [redacted]')
  expect(tool?.description).toBe('x'.repeat(reportLimits.textLength - 5))
})

test('a text that is not cut keeps its end, whatever that is', () => {
  expect(beginningOf('x a-sec', 7, forms)).toBe('x a-sec')
  expect(beginningOf('x a-sec', 6, forms)).toBe('x ')
  expect(beginningOf('😀😀', 3, [])).toBe('😀\ufffd')
})
